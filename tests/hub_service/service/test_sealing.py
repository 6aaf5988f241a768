from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from openhexa_hub.service.sealing import CALLBACK_PREFIX, Sealer, hash_token, new_callback_token

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_is_not_to_be_read() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal({"Authorization": "Bearer secret"})
    assert "secret" not in sealed
    assert sealer.open(sealed) == {"Authorization": "Bearer secret"}


def test_keys_can_be_changed_one_after_another() -> None:
    sealed = Sealer([OLD]).seal(1)
    assert Sealer([NEW, OLD]).open(sealed) == 1
    assert Sealer([NEW]).open(sealed) is None


@pytest.mark.parametrize("sealed", [None, "", "nonsense"])
def test_what_cannot_be_opened_is_none(sealed: str | None) -> None:
    assert Sealer([OLD]).open(sealed) is None


def test_fingerprints_compare_values_and_need_the_key() -> None:
    sealer = Sealer([OLD])
    assert sealer.fingerprint({"a": 1, "b": 2}) == sealer.fingerprint({"b": 2, "a": 1})
    assert sealer.fingerprint({"a": 1}) != sealer.fingerprint({"a": 2})
    assert sealer.fingerprint(1) != Sealer([NEW]).fingerprint(1)


def test_a_key_is_needed() -> None:
    with pytest.raises(ValueError, match="key"):
        Sealer([])
    with pytest.raises(ValueError, match="Fernet"):
        Sealer(["short"])


def test_callback_tokens_are_random_marked_and_stored_as_hashes() -> None:
    one, two = new_callback_token(), new_callback_token()
    assert one != two
    assert one.startswith(CALLBACK_PREFIX)
    assert len(one) > 40
    assert one not in hash_token(one)

import uuid

import pytest

from openhexa_devapp.tokens import BadSignature, Signer


def test_shape_is_the_recorded_one():
    token = Signer("secret").sign(str(uuid.uuid4()))
    payload, signature = token.split(":")
    assert (len(token), len(payload), len(signature)) == (95, 51, 43)


def test_what_was_signed_is_read_and_anything_else_refused():
    signer, value = Signer("secret"), str(uuid.uuid4())
    token = signer.sign(value)
    assert signer.read(token) == value
    for other in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, "", "garbage", "é:é", f"{token}:x"):
        with pytest.raises(BadSignature):
            signer.read(other)
    with pytest.raises(BadSignature):
        Signer("another").read(token)


def test_addresses_end():
    signer = Signer("secret")
    assert signer.read_until(signer.sign_until({"key": "a"}, 60, salt="s"), salt="s")["key"] == "a"
    for token, salt in (
        (signer.sign_until({}, -1, salt="s"), "s"),
        (signer.sign_until({}, 60, salt="s"), "t"),
        ("é", "s"),
    ):
        with pytest.raises(BadSignature):
            signer.read_until(token, salt=salt)


def test_the_secret_outlives_a_restart(services):
    assert Signer.of(services.database).read(services.signer.sign("x")) == "x"

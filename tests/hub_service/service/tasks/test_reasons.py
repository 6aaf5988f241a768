from __future__ import annotations

import pytest

from openhexa_contract.api import Message
from openhexa_hub.service.tasks.reasons import failure_reason, skip_reason

TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    run()\n'


@pytest.mark.parametrize(
    ("logs", "reason"),
    [
        (f"before\n{TRACEBACK}pkg.errors.BadThing: no rows\n", "BadThing: no rows"),
        (
            f"{TRACEBACK}KeyError: 'x'\n\nDuring …\n\n{TRACEBACK}ValueError: second\nafter",
            "ValueError: second",
        ),
        (f"{TRACEBACK}KeyboardInterrupt\n", "KeyboardInterrupt"),
        (f"{TRACEBACK}", "a message"),
        ("no traceback here\n\n", "a message"),
        (None, "a message"),
    ],
)
def test_the_last_traceback_comes_first(logs: str | None, reason: str) -> None:
    assert failure_reason(logs, [Message("ERROR", " a message ")]) == reason


def test_without_either_the_last_line_of_the_logs() -> None:
    assert failure_reason("Killed\n", [Message("INFO", "fine")]) == "Killed"
    assert failure_reason("", []) == "The run failed; OpenHEXA gives no reason."


def test_reasons_are_bounded() -> None:
    assert len(failure_reason("x" * 10_000, [])) == 500


def test_a_skipped_run() -> None:
    assert skip_reason([]) == "OpenHEXA skipped the run."
    assert skip_reason([Message("INFO", "Busy.")]) == "OpenHEXA skipped the run. Busy."

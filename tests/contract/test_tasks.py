from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhexa_contract.errors import InvalidInput
from openhexa_contract.tasks import (
    MAX_PROGRESS,
    TRANSITIONS,
    Progress,
    Report,
    Status,
    apply,
    status_from_run,
    status_from_word,
)

QUEUED, RUNNING, SUCCESS, ERROR, CANCELLED = Status
TERMINAL = (SUCCESS, ERROR, CANCELLED)


def test_the_table_has_every_state_and_every_event() -> None:
    assert set(TRANSITIONS) == set(itertools.product(Status, [None, *Status]))


@pytest.mark.parametrize(("state", "reported"), TRANSITIONS, ids=str)
def test_every_cell_of_the_table(state: Status, reported: Status | None) -> None:
    step = TRANSITIONS[state, reported]
    if state.is_terminal:
        assert step.status is state
        assert step.contradiction == (reported in TERMINAL and reported is not state)
    else:
        assert not step.contradiction
        assert step.status is (RUNNING if reported in (None, QUEUED) and state is RUNNING else reported or RUNNING)
    change = apply(Progress(state), Report(reported, progress_message="x"))
    assert change.progress.status is step.status
    assert bool(change.warnings) == step.contradiction


def test_terminal_states() -> None:
    assert [status.is_terminal for status in Status] == [False, False, True, True, True]


def test_a_queued_task_that_reports_is_running() -> None:
    change = apply(Progress(), Report(progress_value=5))
    assert change.progress == Progress(RUNNING, None, 5)
    assert change.changed


def test_saying_nothing_changes_nothing() -> None:
    for state in Status:
        assert apply(Progress(state), Report()).changed is False
        assert apply(Progress(state), Report(state)).changed is False


def test_a_contradiction_is_a_warning_and_takes_nothing_over() -> None:
    ended = Progress(SUCCESS, None, 5, 10)
    change = apply(ended, Report(ERROR, "boom", 10, 10, {"a": 1}))
    assert (change.progress, change.changed) == (ended, False)
    assert change.warnings == ("The task has ended as SUCCESS; the later report of ERROR was not taken over.",)


@pytest.mark.parametrize("late", [None, QUEUED, RUNNING, SUCCESS])
def test_what_comes_late_fills_what_is_missing_and_no_more(late: Status | None) -> None:
    change = apply(Progress(SUCCESS, None, 5, 10), Report(late, "done", 9, 20, {"a": 1}))
    assert change.progress == Progress(SUCCESS, "done", 5, 10, {"a": 1})
    assert (change.changed, change.warnings) == (True, ())
    again = apply(change.progress, Report(late, "late", result={"a": 1}))
    assert (again.changed, again.warnings) == (False, ())
    other = apply(change.progress, Report(late, result={"a": 2}))
    assert other.progress == change.progress
    assert "another result came later" in other.warnings[0]


def test_a_falsy_result_is_a_result() -> None:
    assert apply(Progress(SUCCESS), Report(SUCCESS, result=0)).progress.result == 0
    assert apply(Progress(SUCCESS, result=0), Report(SUCCESS, result=1)).progress.result == 0
    assert apply(Progress(RUNNING, result=5), Report(result=[])).progress.result == []


def test_none_means_not_said() -> None:
    running = Progress(RUNNING, "half", 50, 100, {"a": 1})
    assert apply(running, Report(RUNNING, None, None, None, None)).progress == running


@pytest.mark.parametrize(
    ("report", "value", "end", "warned"),
    [
        (Report(progress_value=60), 60, 100, 0),
        (Report(progress_value=50), 50, 100, 0),
        (Report(progress_value=10), 50, 100, 1),
        (Report(progress_value=10, end_value=100), 50, 100, 1),
        (Report(progress_value=-5), 50, 100, 2),
        (Report(progress_value=300), 100, 100, 1),
        (Report(progress_value=10, end_value=20), 10, 20, 0),
        (Report(progress_value=30, end_value=20), 20, 20, 1),
        (Report(end_value=200), 50, 200, 0),
        (Report(end_value=20), 20, 20, 1),
        (Report(end_value=0), 50, 0, 0),
        (Report(end_value=-1), 50, 0, 1),
        (Report(progress_value=10**12, end_value=10**12), MAX_PROGRESS, MAX_PROGRESS, 2),
        (Report(progress_value=0), 50, 100, 1),
    ],
)
def test_progress_stays_between_zero_and_the_end_and_never_goes_back(
    report: Report, value: int, end: int, warned: int
) -> None:
    change = apply(Progress(RUNNING, None, 50, 100), report)
    assert (change.progress.progress_value, change.progress.end_value) == (value, end)
    assert len(change.warnings) == warned


def test_progress_without_a_known_total() -> None:
    assert apply(Progress(RUNNING), Report(progress_value=7)).progress.progress_value == 7


def test_the_warnings_explain_themselves() -> None:
    back, beyond = (
        apply(Progress(RUNNING, None, 50, 100), Report(progress_value=value)).warnings for value in (10, 300)
    )
    assert back == ("Progress was reported to go back from 50 to 10; it stays at 50.",)
    assert beyond == ("Progress of 300 is outside 0 to 100; it counts as 100.",)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("QUEUED", QUEUED),
        ("running", RUNNING),
        ("Success", SUCCESS),
        ("ERROR", ERROR),
        ("errored", ERROR),
        (" CANCELLED ", CANCELLED),
        ("KILLED", CANCELLED),
    ],
)
def test_words_of_a_report(word: str, status: Status) -> None:
    assert status_from_word(word) is status


@pytest.mark.parametrize("word", ["", " ", "SKIPPED", "done", "x" * 5000, "QUEUED\n!"])
def test_other_words_are_refused_by_the_field(word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        status_from_word(word)
    assert "QUEUED, RUNNING, SUCCESS, ERROR, CANCELLED, ERRORED, KILLED" in caught.value.fields["status"]
    assert len(caught.value.fields["status"]) < 200


def test_statuses_of_a_run() -> None:
    words = ["queued", "running", "success", "failed", "stopped", "terminating", "skipped", "from-the-future", "FAILED"]
    assert [status_from_run(word) for word in words] == [
        QUEUED, RUNNING, SUCCESS, ERROR, CANCELLED, RUNNING, CANCELLED, RUNNING, ERROR,
    ]  # fmt: skip


def test_a_change_is_json() -> None:
    change = apply(Progress(), Report(SUCCESS, result={"a": 1}))
    assert msgspec.to_builtins(change.progress)["status"] == "SUCCESS"


numbers = st.none() | st.integers(-3, 12) | st.just(10**12)
reports = st.builds(
    Report,
    status=st.none() | st.sampled_from(Status),
    progress_message=st.just(msgspec.UNSET) | st.none() | st.sampled_from(["a", "b"]),
    progress_value=st.just(msgspec.UNSET) | numbers,
    end_value=st.just(msgspec.UNSET) | numbers,
    result=st.just(msgspec.UNSET) | st.none() | st.sampled_from([0, {"a": 1}, []]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(reports, max_size=12))
def test_no_sequence_of_reports_breaks_the_rules(sequence: list[Report]) -> None:
    current = Progress()
    for report in sequence:
        change = apply(current, report)
        after = change.progress
        assert change.changed == (after != current)
        assert 0 <= after.progress_value <= (after.end_value or MAX_PROGRESS)
        assert 0 <= after.end_value <= MAX_PROGRESS
        if after.end_value == current.end_value:
            assert after.progress_value >= current.progress_value
        if current.status.is_terminal:
            assert after.status is current.status
            assert (after.progress_value, after.end_value) == (current.progress_value, current.end_value)
            assert current.result is None or after.result == current.result
        assert apply(after, Report(after.status)).changed is False
        current = after


@settings(max_examples=200, deadline=None)
@given(push=st.lists(reports, max_size=5), poll=st.lists(reports, max_size=5), data=st.data())
def test_two_hands_in_any_order_agree_on_the_first_end(
    push: list[Report], poll: list[Report], data: st.DataObject
) -> None:
    turns = data.draw(st.permutations([push] * len(push) + [poll] * len(poll)))
    hands: dict[int, Any] = {id(push): iter(push), id(poll): iter(poll)}
    current, first_end, denied = Progress(), None, 0
    for turn in turns:
        report = next(hands[id(turn)])
        change = apply(current, report)
        if first_end is None and report.status in TERMINAL:
            first_end = report.status
        elif first_end is not None and report.status in TERMINAL and report.status is not first_end:
            denied += 1
            assert change.warnings
            assert not change.changed
        current = change.progress
    assert (current.status if current.status.is_terminal else None) is first_end

"""The App's three ways to write an instant (all UTC). No input or output happens here."""

from __future__ import annotations

from datetime import UTC, datetime


def milliseconds(moment: datetime | None = None) -> str:
    """As in `executionDate`: `2026-11-22T03:01:30.220Z`."""
    return f"{(moment or datetime.now(UTC)).strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3]}Z"


def microseconds(moment: datetime | None = None) -> str:
    """As in the timestamp of a run's message: `2026-11-22T03:04:35.504737+00:00`."""
    return (moment or datetime.now(UTC)).isoformat(timespec="microseconds")


def naive(timestamp: float) -> str:
    """As in `BucketObject.updatedAt`: `2026-11-22T03:02:39.461857`, from seconds since the epoch."""
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

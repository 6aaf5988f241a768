"""Checks a list of health facilities and fails on the fourth: shows what a failed run looks like."""

import time

from openhexa.sdk import current_run, parameter, pipeline

OPENING_DATES = ["2019-05-01", "2020-11-15", "2021-02-28", "soon", "2023-08-09", "2024-01-31"]


@pipeline("Fails half way", timeout=120)
@parameter("pause", name="Pause between two facilities (seconds)", type=float, default=0.5)
def fails_half_way(pause):
    current_run.log_info(f"Checking {len(OPENING_DATES)} facilities.")
    first = check(OPENING_DATES[:3], 1, pause)
    check(OPENING_DATES[3:], 4, pause, after=first)


@fails_half_way.task
def check(dates, number, pause, after=None):
    for offset, date in enumerate(dates):
        time.sleep(pause)
        year = int(date[:4])
        current_run.log_info(f"Facility {number + offset}: open since {year}.")
    return number + len(dates)


if __name__ == "__main__":
    fails_half_way()

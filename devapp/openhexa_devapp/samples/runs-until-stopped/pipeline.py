"""Counts until somebody stops it: shows what Stop does."""

import itertools
import time

from openhexa.sdk import current_run, parameter, pipeline


@pipeline("Runs until stopped", timeout=3600)
@parameter("seconds", name="Seconds between two messages", type=int, default=2)
def runs_until_stopped(seconds):
    current_run.log_info("Counting. Press Stop when you have seen enough.")
    for number in itertools.count(1):
        time.sleep(seconds)
        current_run.log_info(f"{number}")


if __name__ == "__main__":
    runs_until_stopped()

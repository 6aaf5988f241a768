"""Tasks: their rows and the one place that changes them, launching, stopping, reporting, and following their runs."""

"""The fixtures of all report tests."""

from report_runs import run

__all__ = ["run"]

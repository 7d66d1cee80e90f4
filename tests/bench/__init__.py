"""Benches: each measures one thing against its floor in the same run. `script/bench [--small] [NAME …]`.

A bench is a module in this folder with `run(small: bool) -> Bench`; its name is the module's. No thresholds:
numbers are read by people.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bench:
    """What was measured and the least that the same work costs, both in seconds."""

    name: str
    floor_seconds: float
    measured_seconds: float
    detail: str

    @property
    def ratio(self) -> float:
        return self.measured_seconds / self.floor_seconds


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

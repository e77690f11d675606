"""Stops the clock for what would put the current second into a response, so that two servers answer alike."""

import time
from types import SimpleNamespace

NOW = 1_700_000_000


def pin(*modules):
    """Gives these modules a `time` whose clock stands still; the rest of the process keeps its own."""
    for module in modules:
        module.time = SimpleNamespace(**{**vars(time), "time": lambda: float(NOW)})

"""Shared by the apps for comparing servers."""

import asyncio
import hashlib
import os
import time
from types import SimpleNamespace

# The folder of files to serve, made by the test.
FILES = os.environ["FRAMEWORKS_FILES"]

NOW = 1_700_000_000

_events = {}


def digest(data):
    """A short description of a body."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def pin(*modules):
    """Stops the clock for modules that write the time into a response; the rest of the process keeps its own."""
    for module in modules:
        module.time = SimpleNamespace(**{**vars(time), "time": lambda: float(NOW)})


def happen(name):
    """Notes that something has happened, and wakes the tasks in happened()."""
    _event(name).set()


async def happened(name):
    """Waits until something has happened, or fails in the end."""
    await asyncio.wait_for(_event(name).wait(), 30)
    return f"{name} has happened"


def _event(name):
    return _events.setdefault(name, asyncio.Event())

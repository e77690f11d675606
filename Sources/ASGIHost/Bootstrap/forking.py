"""Child processes that an application makes with `os.fork()`: they end when their code does, and serve no requests."""

import os
import sys
import traceback

from .ending import flush_streams


def watch_forks(forked):
    """Calls `forked()` in each child."""
    os.register_at_fork(after_in_child=forked)


def end_child(outcome):
    """Ends a child process, given the exception that its code raised, or the value that it returned."""
    code = 0
    if isinstance(outcome, SystemExit):
        code = outcome.code
        if code is None:
            code = 0
        elif not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    elif isinstance(outcome, BaseException):
        traceback.print_exception(type(outcome), outcome, outcome.__traceback__)
        code = 1
    flush_streams()
    os._exit(code & 0xFF)


def strand_child(_):
    """Ends a child process whose code awaits something: the event loop runs in the parent only."""
    end_child(RuntimeError('a process made by os.fork() cannot wait in the event loop of its parent'))

"""Children that an application makes with `os.fork()`: they end where their code does, and never serve."""

import os


def watch_forks(forked):
    """Has `forked()` called in each child."""
    os.register_at_fork(after_in_child=forked)


def end_child(outcome):
    """Ends a child by what its code has come to: an exception, or whatever else it has returned."""
    code = 0
    if isinstance(outcome, SystemExit):
        code = outcome.code
        if code is None:
            code = 0
        elif not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    elif isinstance(outcome, BaseException):
        import traceback

        traceback.print_exception(type(outcome), outcome, outcome.__traceback__)
        code = 1
    flush_streams()
    os._exit(code & 0xFF)


def strand_child(_):
    """Ends a child whose code waits for an event loop that is its parent's."""
    end_child(RuntimeError('a process made by os.fork() cannot wait in the event loop of its parent'))

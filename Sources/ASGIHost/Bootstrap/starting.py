"""The parts of the host that run rarely and are clearer in Python: these files share one namespace."""

import asyncio
import sys
import types

COROUTINE = types.CoroutineType


def start(executable, choice, is_hosted):
    """Makes the process look as if `executable` had been started, and returns the event loop of the choice."""
    sys.executable = executable
    if not getattr(sys, 'argv', None):
        sys.argv = ['']
    share_streams()
    if is_hosted and choice == 'auto':
        # uvloop waits by itself; asyncio's own loop lets somebody else do it.
        choice = 'asyncio'
    loop = new_event_loop(choice)
    asyncio.set_event_loop(loop)
    return loop


def new_event_loop(choice):
    """`auto` (uvloop when importable), `uvloop`, `asyncio` or `module:factory`."""
    if choice in ('auto', 'uvloop'):
        try:
            import uvloop
        except ImportError:
            if choice == 'uvloop':
                raise
        else:
            return uvloop.new_event_loop()
    if choice in ('auto', 'asyncio'):
        return asyncio.new_event_loop()
    module, _, factory = choice.partition(':')
    if not module or not factory:
        raise ValueError(f"loop must be 'auto', 'uvloop', 'asyncio' or 'module:factory', got {choice!r}")
    import importlib

    found = importlib.import_module(module)
    for name in factory.split('.'):
        found = getattr(found, name)
    return found()


def describe_runtime(loop):
    """What runs here, as JSON."""
    import json

    name = type(loop).__module__.partition('.')[0]
    # As the module platform says it, which takes 2 ms to import.
    return json.dumps({
        'version': sys.version.split()[0],
        'implementation': sys.implementation.name.replace('cpython', 'CPython'),
        'executable': path_text(sys.executable),
        'prefix': path_text(sys.prefix),
        'loop': name,
    })  # fmt: skip


def path_text(path):
    """A path as JavaScript has it: its bytes are UTF-8, whichever encoding Python has for names of files."""
    return os.fsencode(path).decode('utf-8', 'replace')


async def awaiting(awaitable):
    """An application may return any awaitable; a task wants a coroutine."""
    return await awaitable


def retrieve(task):
    """Takes a task's exception, which its request was told, so that asyncio does not report it as forgotten."""
    if not task.cancelled():
        task.exception()

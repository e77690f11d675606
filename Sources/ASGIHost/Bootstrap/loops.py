"""Makes event loops. A process has several where there is no GIL."""

import asyncio
import contextvars
import importlib
import logging
import sys

# All event loops but the first, which runs on Python's main thread.
FURTHER_LOOPS = []


def new_event_loop(choice):
    """`auto` (uvloop if it can be imported, else asyncio), `uvloop`, `asyncio` or `module:factory`."""
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
    found = importlib.import_module(module)
    for name in factory.split('.'):
        found = getattr(found, name)
    return found()


def further_loop(choice):
    """An event loop for the calling thread, which is not Python's main thread."""
    loop = new_event_loop(choice)
    asyncio.set_event_loop(loop)
    FURTHER_LOOPS.append(loop)
    return loop


def exchange_variable():
    """The context variable that holds the exchange which the running code belongs to. Each loop has one."""
    return contextvars.ContextVar('python_node.exchange', default=None)


def has_gil():
    """Whether the GIL is on. A free-threaded Python turns it on for good when an extension requires it."""
    return getattr(sys, '_is_gil_enabled', lambda: True)()


def watch_gil(turned_on):
    """Calls `turned_on(name)` when importing an extension turns the GIL on, or `turned_on('')` now if it is on already.

    Python warns about that itself; where there are several loops, a second warning explains what it means for them.
    """
    import _imp

    plain = _imp.create_dynamic

    def create_dynamic(spec, *args):
        had_gil = has_gil()
        module = plain(spec, *args)
        if not had_gil and has_gil() and _imp.create_dynamic is create_dynamic:
            _imp.create_dynamic = plain
            turned_on(spec.name)
            if FURTHER_LOOPS:
                text = 'The extension %s has turned the GIL on: the %d event loops of this process take turns from now'
                text += ' on. To use more cores, start more processes (serve --workers)'
                logging.getLogger('python_node').warning(text, spec.name, len(FURTHER_LOOPS) + 1)
        return module

    if has_gil():
        turned_on('')
    else:
        _imp.create_dynamic = create_dynamic

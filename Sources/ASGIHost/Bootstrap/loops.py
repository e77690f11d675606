"""Several event loops in one process, which run at the same time where there is no GIL."""

import asyncio
import contextvars
import sys

# The event loops beside that of Python's main thread.
FURTHER_LOOPS = []


def has_gil():
    """Whether threads take turns: on all interpreters but free-threaded ones, and there from when an extension asks for it."""
    return getattr(sys, '_is_gil_enabled', lambda: True)()


def further_loop(choice):
    """An event loop for another thread, beside that of Python's main thread."""
    loop = new_event_loop(choice)
    asyncio.set_event_loop(loop)
    FURTHER_LOOPS.append(loop)
    return loop


def exchange_variable():
    """Says in a context which exchange of one loop the code belongs to."""
    return contextvars.ContextVar('python_node.exchange', default=None)


def watch_gil(turned_on):
    """Has `turned_on(name)` called when the import of an extension turns the GIL on, which nothing turns off again.

    Python itself warns of it. Where several loops wait for one another from then on, a warning says so once.
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
                import logging

                text = 'The extension %s has turned the GIL on: the %d event loops of this process take turns from now on.'
                text += ' To use more cores, start more processes (serve --workers)'
                logging.getLogger('python_node').warning(text, spec.name, len(FURTHER_LOOPS) + 1)
        return module

    if has_gil():
        turned_on('')
    else:
        _imp.create_dynamic = create_dynamic

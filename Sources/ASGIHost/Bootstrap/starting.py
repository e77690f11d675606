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


def attributes_of(thing):
    """Its own attributes as a dict; None for what can have none."""
    return getattr(thing, '__dict__', None)


async def awaiting(awaitable):
    """An application may return any awaitable; a task wants a coroutine."""
    return await awaitable


def retrieve(task):
    """Takes a task's exception, which its request was told, so that asyncio does not report it as forgotten."""
    if not task.cancelled():
        task.exception()


def probe_task(loop):
    """A task, and functions that each leave a trace on it, as applications can: what has to be seen in its memory."""

    async def nothing():
        pass

    task = asyncio.Task(nothing(), loop=loop)
    kept = []
    traces = (
        *references(task, kept),
        lambda: setattr(task, 'trace', kept),
        lambda: task.set_name('trace'),
        lambda: task.add_done_callback(retrieve),
        lambda: task.cancel(),
    )
    return task, traces


def probe_context(_):
    """A context with a variable, what it refers to, functions that each leave a trace on it, and one that copies it."""
    import contextvars
    import gc

    variable = contextvars.ContextVar('python_node.probe')
    context = contextvars.Context()
    context.run(variable.set, 0)
    kept = []
    traces = (*references(context, kept), lambda: context.run(variable.set, 1))
    return context, gc.get_referents(context), traces, lambda: kept.append(context.copy())


def references(thing, kept):
    """Functions that each keep a reference, as applications can."""
    import weakref

    # With a callback first: behind a plain one, which is seen, it would not be.
    return (
        lambda: kept.append(thing),
        lambda: kept.append(weakref.ref(thing, print)),
        lambda: kept.append(weakref.ref(thing)),
    )


def strong_references(thing, kept):
    """The same for what has no weak references."""
    return (lambda: kept.append(thing),)

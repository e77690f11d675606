"""Calls of plain Python functions from JavaScript."""

import asyncio
import contextvars
import functools
import inspect
import threading
import types

from .docroots import Docroot
from .errors import NotCallable
from .importing import find_target


class Functions:
    """The functions of one docroot. Calling the object like an ASGI application calls a function that needs a task.

    The scope describes the call. The result is sent as a tuple with the value. For a generator None is sent, then a
    tuple for each value.
    """

    def __init__(self, path):
        self.path = path
        # By file and attribute. Failed imports are not kept, so the next call tries again.
        self.known = {}

    async def __call__(self, scope, receive, send):
        # Docroot.calling reads the variable `docroot`.
        docroot, function = self.function(scope['file'], scope['attribute'])
        if scope['only_finds']:
            return await send((None,))
        isolated = not scope['inline'] and not is_for_loop(function)
        run = ThreadCalls(docroot).run if isolated else run_on_loop
        value = scope['value'] if 'value' in scope else await run(function, scope['args'], scope['kwargs'])
        if inspect.isawaitable(value):
            value = await value
        if hasattr(type(value), '__aiter__'):
            await send(None)
            await send_all_async(value.__aiter__(), send)
        elif hasattr(type(value), '__next__'):
            await send(None)
            await send_all(value, run, send)
        else:
            await send((value,))

    def function(self, file, attribute):
        if (file, attribute) not in self.known:
            docroot, found = find_target(self.path, file, attribute)
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is not a function: {type(found).__name__} is not callable')
            self.known[file, attribute] = docroot, found
        return self.known[file, attribute]

    def callable_for(self, file, attribute, inline):
        """The callable for a call directly on the loop; None if the call needs a task or a thread."""
        docroot, function = self.function(file, attribute)
        if not inline or is_for_loop(function) or inspect.isgeneratorfunction(function):
            return None
        if docroot.is_first or isinstance(function, types.FunctionType) and Docroot.of(function.__globals__) is docroot:
            return function
        return bound_to(docroot, function)


def bound_to(docroot, function):
    """Wraps a function that is not written in its docroot, but in C for instance, so that Docroot.calling finds it."""

    def call(*args, **kwargs):
        docroot  # noqa: B018
        return function(*args, **kwargs)

    return call


def is_for_loop(function):
    """Whether a function is called on the loop: calling it only makes a coroutine or an asynchronous generator."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def stop_iteration_error(error):
    """The RuntimeError to raise instead of a StopIteration that leaves a call, as generators do (PEP 479)."""
    raised = RuntimeError('the function raised StopIteration')
    raised.__cause__ = error
    raised.__traceback__ = error.__traceback__
    return raised


def needs_task(value):
    """Whether a returned value must be awaited or iterated over, which needs a task."""
    return inspect.isawaitable(value) or hasattr(type(value), '__aiter__') or hasattr(type(value), '__next__')


async def run_on_loop(function, args=(), kwargs={}):
    return function(*args, **kwargs)


class ThreadCalls:
    """Makes the calls for one function or generator on the default executor, one at a time and all in one context."""

    def __init__(self, docroot):
        self.docroot = docroot
        self.context = contextvars.copy_context()
        # A cancelled call keeps running in its thread, and the next one has to wait for it.
        self.lock = threading.Lock()

    async def run(self, function, args=(), kwargs={}):
        work = self.call, function, args, kwargs
        value, error = await asyncio.get_running_loop().run_in_executor(None, *work)
        if error is None:
            return value
        try:
            raise error
        finally:
            # Its traceback holds this frame.
            del error

    def call(self, function, args, kwargs):
        """Returns the value and the exception. Raising would fail for a StopIteration, which futures do not accept."""
        docroot = self.docroot  # noqa: F841
        with self.lock:
            try:
                return self.context.run(function, *args, **kwargs), None
            except BaseException as error:
                return None, error


# Returned by next() after the last value.
END = object()


async def send_all(iterator, run, send):
    """Sends an iterator's values, and closes it if sending stops early."""
    try:
        while True:
            value = await run(next, (iterator, END))
            if value is END:
                return
            await send((value,))
    except BaseException:
        if hasattr(iterator, 'close'):
            await run(iterator.close)
        raise


async def send_all_async(iterator, send):
    """The same for an asynchronous iterator."""
    try:
        async for value in iterator:
            await send((value,))
    except BaseException:
        if hasattr(iterator, 'aclose'):
            await iterator.aclose()
        raise

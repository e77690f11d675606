"""Plain functions that the program calls."""

import asyncio
import contextvars
import functools
import inspect
import threading
import types


class Functions:
    """The functions below one docroot, and an application for calls that need a task: each scope is a call.

    What is sent is a tuple of one value; or None, and the values of a generator follow.
    """

    def __init__(self, path):
        self.path = path
        # By file and attribute. A target that could not be imported is looked for again.
        self.known = {}

    async def __call__(self, scope, receive, send):
        # Named so, the frame tells whose imports these are: see Docroot.calling.
        docroot, function = self.function(scope['file'], scope['attribute'])
        if scope['finds']:
            return await send((None,))
        isolated = not scope['inline'] and not is_for_loop(function)
        run = ThreadCalls(docroot).run if isolated else run_on_loop
        value = scope['value'] if 'value' in scope else await run(function, scope['args'], scope['kwargs'])
        if inspect.isawaitable(value):
            value = await value
        if hasattr(type(value), '__aiter__'):
            await send(None)
            await send_all_later(value.__aiter__(), send)
        elif hasattr(type(value), '__next__'):
            await send(None)
            await send_all(value, run, send)
        else:
            await send((value,))

    def function(self, file, attribute):
        if (file, attribute) not in self.known:
            docroot, found = find_target(self.path, file, attribute)
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is no function: {type(found).__name__} is not callable')
            self.known[file, attribute] = docroot, found
        return self.known[file, attribute]

    def callable_for(self, file, attribute, inline):
        """What is called on the loop without a task; None where the call needs one, or a thread."""
        docroot, function = self.function(file, attribute)
        if not inline or is_for_loop(function) or inspect.isgeneratorfunction(function):
            return None
        if docroot.is_first or isinstance(function, types.FunctionType) and Docroot.of(function.__globals__) is docroot:
            return function
        return within(docroot, function)


def within(docroot, function):
    """A function that has no frame of its own docroot, as what is written in C, with one: see Docroot.calling."""

    def call(*args, **kwargs):
        docroot  # noqa: B018
        return function(*args, **kwargs)

    return call


def is_for_loop(function):
    """Whether a function only makes a coroutine or an asynchronous generator, which then run on the loop."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def stopped(error):
    """What a StopIteration becomes where it leaves a call: nobody is to take it for the end of something else."""
    raised = RuntimeError('the function has raised StopIteration')
    raised.__cause__ = error
    raised.__traceback__ = error.__traceback__
    return raised


def waits(value):
    """Whether a value is to be awaited or iterated over, which needs a task."""
    return inspect.isawaitable(value) or hasattr(type(value), '__aiter__') or hasattr(type(value), '__next__')


async def run_on_loop(function, args=(), kwargs={}):
    return function(*args, **kwargs)


class ThreadCalls:
    """Calls in threads of the loop's default executor: one after the other, in one context."""

    def __init__(self, docroot):
        self.docroot = docroot
        self.context = contextvars.copy_context()
        # A call that was given up goes on in its thread; the next one waits for its end.
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
        """The value or the exception: a future that is given a StopIteration would never be done."""
        docroot = self.docroot  # noqa: F841
        with self.lock:
            try:
                return self.context.run(function, *args, **kwargs), None
            except BaseException as error:
                return None, error


# What an iterator gives at its end.
END = object()


async def send_all(iterator, run, send):
    """Sends what an iterator gives, and closes it when nobody wants the rest."""
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


async def send_all_later(iterator, send):
    """The same of an asynchronous one."""
    try:
        async for value in iterator:
            await send((value,))
    except BaseException:
        if hasattr(iterator, 'aclose'):
            await iterator.aclose()
        raise

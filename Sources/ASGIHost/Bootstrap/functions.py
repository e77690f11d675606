"""Plain functions that the program calls: their calls are scopes, and what they give is sent as events."""

import asyncio
import contextvars
import functools
import inspect
import threading


class Functions:
    """The functions below one docroot, as an application: each scope is a call."""

    def __init__(self, path):
        self.path = path
        # By file and attribute. A target that could not be imported is looked for again.
        self.known = {}

    async def __call__(self, scope, receive, send):
        # Named so, the frame tells whose imports these are: see Docroot.calling.
        docroot, function = self.function(scope['file'], scope['attribute'])
        isolated = not scope['inline'] and not is_for_loop(function)
        run = ThreadCalls(docroot).run if isolated else run_on_loop
        value = await run(function, scope['args'], scope['kwargs'])
        if inspect.isawaitable(value):
            value = await value
        if hasattr(type(value), '__aiter__'):
            await send({'type': 'python_node.stream'})
            await send_all_later(value.__aiter__(), send)
        elif hasattr(type(value), '__next__'):
            await send({'type': 'python_node.stream'})
            await send_all(value, run, send)
        else:
            await send({'type': 'python_node.value', 'value': value})

    def function(self, file, attribute):
        if (file, attribute) not in self.known:
            docroot, found = find_target(self.path, file, attribute)
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is no function: {type(found).__name__} is not callable')
            self.known[file, attribute] = docroot, found
        return self.known[file, attribute]


def is_for_loop(function):
    """Whether a function only makes a coroutine or an asynchronous generator, which then run on the loop."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


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
            await send({'type': 'python_node.value', 'value': value})
    except BaseException:
        if hasattr(iterator, 'close'):
            await run(iterator.close)
        raise


async def send_all_later(iterator, send):
    """The same of an asynchronous one."""
    try:
        async for value in iterator:
            await send({'type': 'python_node.value', 'value': value})
    except BaseException:
        if hasattr(iterator, 'aclose'):
            await iterator.aclose()
        raise

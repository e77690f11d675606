"""Parts of the asyncio tasks that the host makes."""

import asyncio
import types

COROUTINE = types.CoroutineType


async def awaiting(awaitable):
    """A coroutine for an application that returned another awaitable: a task needs a coroutine."""
    return await awaitable


def retrieve(task):
    """Marks a task's exception as retrieved, so that asyncio does not log it: the request has failed with it."""
    if not task.cancelled():
        task.exception()


class ReusableFuture:
    """A future for a task whose application waits in receive() or send(). It can be awaited many times.

    When a message arrives the host resumes the application directly, inside its task, which still waits for this
    future. The host wakes the task only when the application awaits something else or returns.
    """

    __slots__ = ('_asyncio_future_blocking', 'loop', 'callback', 'context', 'is_cancelled', 'message', '__weakref__')

    def __init__(self, loop):
        self._asyncio_future_blocking = True
        self.loop = loop
        self.callback = None
        self.context = None
        self.is_cancelled = False
        self.message = None

    def get_loop(self):
        return self.loop

    def add_done_callback(self, callback, *, context=None):
        self.callback = callback
        self.context = context

    def remove_done_callback(self, callback):
        removed = self.callback == callback
        if removed:
            self.callback = None
        return int(removed)

    def cancel(self, msg=None):
        """Cancels the waiting task, which continues in a later turn of the loop, as with any future."""
        callback, self.callback = self.callback, None
        if callback is None:
            return False
        self.is_cancelled = True
        self.message = msg
        self.loop.call_soon(callback, self, context=self.context)
        return True

    def wake(self):
        """Continues the waiting task at once."""
        callback, self.callback = self.callback, None
        if callback is not None:
            self.context.run(callback, self)

    def cancelled(self):
        return self.is_cancelled

    def done(self):
        return self.callback is None

    def result(self):
        if not self.is_cancelled:
            return None
        self.is_cancelled = False
        if self.message is None:
            raise asyncio.CancelledError
        raise asyncio.CancelledError(self.message)

    def exception(self):
        return self.result()

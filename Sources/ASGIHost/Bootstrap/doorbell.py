"""What a task waits for while its application waits in receive() or send()."""

import asyncio


class Doorbell:
    """A future that can be waited for again and again, by the one task that it belongs to.

    The host resumes the application by itself, inside its task, when there is something for it. The task goes on waiting
    here, until the application waits for something else, or ends: then the host rings.
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
        """The task is cancelled: it goes on in a turn of its own, as it would behind a future."""
        callback, self.callback = self.callback, None
        if callback is None:
            return False
        self.is_cancelled = True
        self.message = msg
        self.loop.call_soon(callback, self, context=self.context)
        return True

    def ring(self):
        """The task goes on, now."""
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

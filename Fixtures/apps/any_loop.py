"""What requests wait for while others go on, on the same event loop or on another: no object of asyncio, which belongs to one."""

import asyncio
import collections
import concurrent.futures
import threading


class Futures:
    """Futures by name. Each is made by what asks for it first."""

    def __init__(self):
        self._futures = {}

    def _future(self, name):
        return self._futures.setdefault(name, concurrent.futures.Future())

    def set(self, name, value):
        """Completes one, unless it is complete."""
        future = self._future(name)
        if not future.done():
            future.set_result(value)

    async def get(self, name):
        return await asyncio.wrap_future(self._future(name))

    async def take(self, name):
        """The same, and forgets it: the next request may use the same name."""
        value = await self.get(name)
        del self._futures[name]
        return value


class Semaphore:
    """Begins with nothing to acquire."""

    def __init__(self):
        self._lock = threading.Lock()
        self._free = 0
        self._waiting = collections.deque()

    def release(self):
        with self._lock:
            while self._waiting:
                waiting = self._waiting.popleft()
                # Not one whose request was cancelled.
                if waiting.set_running_or_notify_cancel():
                    waiting.set_result(None)
                    return
            self._free += 1

    async def acquire(self):
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            waiting = concurrent.futures.Future()
            self._waiting.append(waiting)
        await asyncio.wrap_future(waiting)


class Gate:
    """Lets what waits at it go on when another request opens it."""

    def __init__(self):
        self._reached = Semaphore()
        self._opened = Semaphore()

    async def wait(self):
        self._reached.release()
        await self._opened.acquire()

    async def open(self):
        """Opens it once; waits before until something waits at it."""
        await self._reached.acquire()
        self._opened.release()

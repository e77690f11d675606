"""Sends and receives from code that Python runs in between, from other threads and loops, and changes what it was given."""

import asyncio
import gc
import sys
import threading

from odd_messages import BODY, START, step


async def collects(scope, receive, send):
    """The collector runs code that sends and receives, as often as it can."""
    threshold = gc.get_threshold()
    busy = []

    def collected(phase, info):
        if busy or threading.current_thread() is not thread:
            return
        busy.append(True)
        step(receive())
        step(send({"type": "http.response.body", "body": b"c", "more_body": True}))
        step(send({"type": "http.response.start", "status": "no", "headers": [(object(), b"")]}))
        busy.clear()

    thread = threading.current_thread()
    gc.callbacks.append(collected)
    gc.set_threshold(1, 1, 1)
    try:
        await send(START)
        for _ in range(50):
            step(send({"type": "http.response.start", "status": 200, "headers": [[b"x", b"\n"]]}))
            step(send({"type": "http.response.body", "body": [], "more_body": [object()]}))
            step(receive())
            await send({"type": "http.response.body", "body": b"b", "more_body": True})
        await asyncio.sleep(0)
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(collected)


async def profiled(scope, receive, send):
    """A profiler sends at each call."""
    busy = []

    def profile(frame, event, argument):
        if not busy:
            busy.append(True)
            step(send({"type": "http.response.body", "body": b"p", "more_body": True}))
            step(receive())
            busy.clear()

    sys.setprofile(profile)
    try:
        await send(START)
        for _ in range(20):
            await send({"type": "http.response.body", "body": b"b", "more_body": True})
            step(receive())
    finally:
        sys.setprofile(None)


async def threads(scope, receive, send):
    """Threads send and receive at once, while the application does, too."""
    await send(START)

    def work():
        for _ in range(200):
            step(send({"type": "http.response.body", "body": b"t", "more_body": True}))
            step(send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"\n")]}))
            step(receive())

    loop = asyncio.get_running_loop()
    work_of_threads = [loop.run_in_executor(None, work) for _ in range(4)]
    for _ in range(200):
        step(send({"type": "http.response.body", "body": b"a", "more_body": True}))
        await asyncio.sleep(0)
    await asyncio.gather(*work_of_threads)


async def another_loop(scope, receive, send):
    """Sends and receives from an event loop of another thread."""

    async def there():
        await send(START)
        await send({"type": "http.response.body", "body": b"there", "more_body": True})
        await receive()
        try:
            await asyncio.wait_for(receive(), 0.01)
        except (asyncio.TimeoutError, RuntimeError) as error:
            await send({"type": "http.response.body", "body": type(error).__name__.encode(), "more_body": True})

    await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(there()))


async def recurses(scope, receive, send):
    """A value sends a message with a value that sends a message, and so on."""

    class Status:
        def __index__(self):
            step(send({"type": "http.response.start", "status": Status(), "headers": []}))
            return 200

    step(send({"type": "http.response.start", "status": Status(), "headers": []}))


async def leaves_finalizers(scope, receive, send):
    """Objects on its task, its scope and its messages that send when they are freed."""

    class Last:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            step(send({"type": "http.response.start", "status": 500, "headers": [(b"x-last", b"l")]}))
            step(send({"type": "http.response.body", "body": b"last"}))
            step(receive())
            raise LookupError("from a finalizer")

    task = asyncio.current_task()
    scope["state"] = Last()
    if hasattr(task, "__dict__") or sys.version_info >= (3, 8):
        try:
            task.last = Last()
        except AttributeError:
            pass
    await send({**START, "more": Last()})
    await asyncio.sleep(0)
    await send({**BODY, "more": Last()})


async def empties(scope, receive, send):
    """Takes apart what it was given."""
    scope["headers"].clear()
    scope["asgi"].clear()
    scope["extensions"].clear()
    scope.clear()
    event = await receive()
    event.clear()
    await send(START)


async def changes_headers(scope, receive, send):
    """Changes the headers that it has sent while they are on their way."""
    headers = [(b"x-odd", b"o" * 50) for _ in range(20)]
    awaitable = send({"type": "http.response.start", "status": 200, "headers": headers})
    headers[:] = [(b"x-wrong", b"w" * 500)] * 500
    await awaitable


async def keeps(scope, receive, send):
    """Uses what the request before was given."""
    for old_receive, old_send, waits in kept:
        step(old_send(START))
        step(old_send(BODY))
        step(old_receive())
        step(waits)
    kept[:] = [(receive, send, receive())]
    await send(START)


kept = []


DEEDS = {
    each.__name__: each
    for each in (
        collects,
        profiled,
        threads,
        another_loop,
        recurses,
        leaves_finalizers,
        empties,
        changes_headers,
        keeps,
    )
}

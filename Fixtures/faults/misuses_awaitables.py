"""Cancels its task, and drops, spoils and shares what it awaits."""

import asyncio
import gc

from odd_messages import START, step


async def cancels_itself(scope, receive, send):
    asyncio.current_task().cancel()
    await send(START)
    await asyncio.sleep(0)


async def cancels_itself_for_ever(scope, receive, send):
    for _ in range(100):
        asyncio.current_task().cancel()
        try:
            await receive()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            continue
    await send(START)


async def asks_its_bell(scope, receive, send):
    """Takes what its task waits for, cancels it and asks for its result."""
    task = asyncio.current_task()
    await receive()

    async def ask():
        await asyncio.sleep(0)
        bell = getattr(task, "_fut_waiter", None)
        for name in ("result", "exception", "done", "cancelled", "get_loop", "cancel"):
            try:
                getattr(bell, name)()
            except BaseException:
                continue

    other = asyncio.ensure_future(ask())
    try:
        await receive()
    except asyncio.CancelledError:
        pass
    other.cancel()
    await asyncio.wait([other])


async def spoils_its_bell(scope, receive, send):
    await receive()
    awaitable = receive()
    bell = awaitable.send(None)
    for name in ("callback", "context", "loop", "message", "_asyncio_future_blocking"):
        for spoil in (lambda: setattr(bell, name, 5), lambda: delattr(bell, name)):
            try:
                spoil()
            except AttributeError:
                continue
    step(awaitable)
    awaitable.close()


async def drops_awaitables(scope, receive, send):
    """Half-used awaitables, dropped and closed in any order."""
    await receive()
    waiting = [receive() for _ in range(20)]
    for awaitable in waiting[::2]:
        step(awaitable)
    for awaitable in waiting[::3]:
        awaitable.close()
    for awaitable in waiting[::5]:
        try:
            awaitable.throw(LookupError("no"))
        except LookupError:
            continue
    del waiting
    gc.collect()
    await send(START)


async def gathers(scope, receive, send):
    """Many tasks that wait for the same."""
    await receive()
    tasks = [asyncio.ensure_future(receive()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await send(START)


DEEDS = {
    each.__name__: each
    for each in (
        cancels_itself,
        cancels_itself_for_ever,
        asks_its_bell,
        spoils_its_bell,
        drops_awaitables,
        gathers,
    )
}

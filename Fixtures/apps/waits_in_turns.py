"""A WebSocket whose application waits for the next message in many ways; each message says how."""

import asyncio
import contextvars

COUNT = contextvars.ContextVar("count", default=0)


async def next_text(receive):
    event = await receive()
    return event.get("text", event["type"])


async def cancelled(receive):
    """Cancelled from outside while it waits, and goes on."""
    asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
    try:
        return "not cancelled: " + await next_text(receive)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if hasattr(task, "uncancel"):
            task.uncancel()
        return "cancelled, then " + await next_text(receive)


async def cancelled_at_once(receive):
    """Cancelled by itself before it waits: the wait ends at once."""
    asyncio.current_task().cancel()
    try:
        return "not cancelled: " + await next_text(receive)
    except asyncio.CancelledError:
        return "cancelled"


async def timed_out(receive):
    try:
        return await asyncio.wait_for(next_text(receive), 0.01)
    except asyncio.TimeoutError:
        return "timed out, then " + await next_text(receive)


async def in_a_task(receive):
    return "task: " + await asyncio.ensure_future(next_text(receive))


async def between_sleeps(receive):
    await asyncio.sleep(0.001)
    text = await next_text(receive)
    await asyncio.sleep(0)
    return "slept: " + text


async def in_a_generator(receive):
    async def messages():
        while True:
            yield await next_text(receive)

    generator = messages()
    text = [await generator.__anext__(), await generator.__anext__()]
    await generator.aclose()
    return "generated: " + " ".join(text)


WAYS = {
    function.__name__: function
    for function in (cancelled, cancelled_at_once, timed_out, in_a_task, between_sleeps, in_a_generator)
}
TASKS = []


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])
    own = asyncio.current_task()
    TASKS.append(own)
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        way = await next_text(receive)
        assert asyncio.current_task() is own
        if way == "websocket.disconnect":
            return
        if way == "raise":
            raise ValueError("raised behind a message")
        if way == "exit":
            raise SystemExit("exited behind a message")
        if way == "count":
            COUNT.set(COUNT.get() + 1)
            await send({"type": "websocket.send", "text": str(COUNT.get())})
        elif way == "ended":
            others = [task for task in TASKS if task is not own]
            text = ",".join("done" if task.done() else "pending" for task in others)
            await send({"type": "websocket.send", "text": text})
        else:
            answer = await WAYS[way](receive)
            assert asyncio.current_task() is own and own in asyncio.all_tasks()
            await send({"type": "websocket.send", "text": answer})

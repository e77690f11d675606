"""Answers with its request's method, path and body length; some paths take their time, or tell how many run at once."""

import asyncio

running = 0
most = 0
released = None


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    if scope["type"] == "websocket":
        return await echo(receive, send)
    global running, most
    running += 1
    most = max(most, running)
    try:
        await answer(scope, receive, send)
    finally:
        running -= 1


async def answer(scope, receive, send):
    global released
    length, more = 0, True
    while more:
        event = await receive()
        length += len(event.get("body", b""))
        more = event.get("more_body", False)
    path = scope["path"]
    text = f"{scope['method']} {path} {length}"
    if path == "/slow":
        await asyncio.sleep(0.05)
    elif path == "/held":
        released = asyncio.Event()
        left = asyncio.ensure_future(receive())
        done = asyncio.ensure_future(released.wait())
        await asyncio.wait([left, done], return_when=asyncio.FIRST_COMPLETED)
        for task in (left, done):
            task.cancel()
    elif path == "/release":
        released.set()
    elif path == "/together":
        text = str(most)
    elif path == "/others":
        text = str(running - 1)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text.encode()})


async def echo(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": event["text"]})

"""A15: raises ValueError("<when>") in all places; /seen/<when> answers once the app has raised there.

/before       before its response starts
/middle       in the middle of its response
/behind       after its complete response
/left         after receiving, in the middle of its response, that its client has disconnected
/short        not at all: returns in the middle of its response
/silent       not at all: returns without a response
/gone         the exception of send() after the client has disconnected
As WebSocket: /before and /middle of a denial, /accepted, /behind its close, /left after the client has disconnected.
"""

import asyncio

_seen = {}


def _event(when):
    return _seen.setdefault(when, asyncio.Event())


async def _respond(when, receive, send):
    if when == "silent":
        return
    if when != "before":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = when != "behind"
        await send({"type": "http.response.body", "body": b"begun", "more_body": more})
    if when == "short":
        return
    if when == "left":
        while (await receive())["type"] != "http.disconnect":
            pass
    while when == "gone":
        await send({"type": "http.response.body", "body": b"more", "more_body": True})
        await asyncio.sleep(0)
    raise ValueError(when)


async def _talk(when, receive, send):
    await receive()
    if when == "middle":
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"begun", "more_body": True})
    elif when != "before":
        await send({"type": "websocket.accept"})
    if when == "behind":
        await send({"type": "websocket.close"})
    if when == "left":
        while (await receive())["type"] != "websocket.disconnect":
            pass
    raise ValueError(when)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    when = scope["path"].rsplit("/", 1)[-1]
    if scope["path"].startswith("/seen/"):
        await _event(when).wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"seen"})
        return
    _seen.pop(when, None)
    try:
        await (_respond if scope["type"] == "http" else _talk)(when, receive, send)
    finally:
        _event(when).set()

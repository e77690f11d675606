"""Answers at once, late, with much, or when an upload has come: each answer ends with `~`, which is nowhere else in it."""

import asyncio

CHUNK = b"x" * 16_384


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = scope["path"]
    if path == "/late":
        await asyncio.sleep(0.05)
    size = 0
    if path == "/upload":
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            size, more = size + len(event["body"]), event["more_body"]
    headers = [(b"x-size", b"%d" % size)]
    if path == "/much":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(512):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await send({"type": "http.response.body", "body": b"~"})
        return
    headers.append((b"content-length", b"3"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok~"})

"""Answers in the way that the first part of the path says, and names the request, which is the second part.

The name is in the header x-request of each answer, and in the body together with what has come of the request's body.
/raises is answered by the server, and /cut ends in the middle.
"""

import asyncio
import zlib


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    _, kind, name = scope["raw_path"].decode("latin-1").split("/", 2)
    if scope["type"] == "websocket":
        return await echo(name, receive, send)
    length, checksum = (0, 0) if kind == "early" else await read(receive)
    if length is None:
        return
    if kind == "raises":
        raise ValueError(name)
    if kind in ("late", "slow"):
        await asyncio.sleep(0.001)
    text = f"{scope['method']} {name} {length} {checksum}".encode()
    await answer(kind, name.encode("latin-1"), text, send)


async def read(receive):
    length, checksum, more = 0, 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None, None
        length += len(event["body"])
        checksum = zlib.crc32(event["body"], checksum)
        more = event["more_body"]
    return length, checksum


async def answer(kind, name, text, send):
    status = {"empty": 204, "unchanged": 304}.get(kind, 200)
    headers = [(b"x-request", name)]
    if kind in ("pieces", "slow", "cut"):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for piece in (text[:5], text[5:9]):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if kind == "slow":
                await asyncio.sleep(0)
        if kind == "cut":
            raise ValueError(name)
        return await send({"type": "http.response.body", "body": text[9:]})
    if status == 200:
        headers.append((b"content-length", b"%d" % len(text)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text if status == 200 else b""})


async def echo(name, receive, send):
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-request", name.encode("latin-1"))]})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})

"""Answers with all that it was asked, as JSON, so that a client can tell whether it is its own request.

/given-up answers with the paths of the requests in which send() said that the client has left.
"""

import asyncio
import hashlib
import json


given_up = []


def latin(data):
    return data.decode("latin-1")


def described(scope, body):
    return {
        "method": scope["method"],
        "path": latin(scope["raw_path"]),
        "query": latin(scope["query_string"]),
        "headers": [[latin(name), latin(value)] for name, value in scope["headers"]],
        "length": len(body),
        "sha1": hashlib.sha1(body).hexdigest(),
    }


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        return await echo_messages(scope, receive, send)
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    try:
        await echo(scope, receive, send)
    except OSError:
        given_up.append(scope["path"])
        raise


async def echo(scope, receive, send):
    path = scope["path"]
    if path == "/given-up":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        return await send({"type": "http.response.body", "body": json.dumps(given_up).encode()})
    if path.startswith("/pieces"):
        return await echo_pieces(receive, send)
    if path.startswith("/late"):
        await asyncio.sleep(0.001)
    body = b""
    if not path.startswith("/early"):
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body += event["body"]
            if not event["more_body"]:
                break
    text = json.dumps(described(scope, body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    if path.startswith("/slow"):
        middle = len(text) // 2
        await send({"type": "http.response.body", "body": text[:middle], "more_body": True})
        await asyncio.sleep(0)
        text = text[middle:]
    await send({"type": "http.response.body", "body": text})


async def echo_pieces(receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        more = event["more_body"]
        await send({"type": "http.response.body", "body": event["body"], "more_body": more})


async def echo_messages(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        if text is not None:
            await send({"type": "websocket.send", "text": text})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})


async def values(scope, receive, send):
    """Sends each event of any protocol back, until one of type `end`."""
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    while True:
        event = await receive()
        if event["type"] == "end":
            return
        await send({"type": "echo", "event": event, "id": scope["id"]})

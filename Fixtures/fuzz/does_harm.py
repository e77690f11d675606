"""Answers with heads, files, subprotocols and errors that would do harm if they were sent as they are."""

import asyncio
import base64
import json

SECRET = "the-secret-of-this-traceback"


def headers_of(given):
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given]


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    query = json.loads(base64.urlsafe_b64decode(scope["query_string"]) or "{}")
    if scope["type"] == "websocket":
        return await answer_handshake(scope["path"], query, receive, send)
    await APPS[scope["path"]](query, scope, receive, send)


async def answer_handshake(path, query, receive, send):
    await receive()
    if path == "/raise":
        raise ValueError(SECRET)
    if path == "/accept then raise":
        await send({"type": "websocket.accept"})
        raise ValueError(SECRET)
    if path == "/deny":
        status, headers = query.get("status", 403), headers_of(query.get("headers", []))
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"0123456789"})
        return
    if path == "/late":
        await asyncio.sleep(0.05)
    await send({
        "type": "websocket.accept",
        "subprotocol": query.get("subprotocol"),
        "headers": headers_of(query.get("headers", [])),
    })
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        length = len(event.get("text") or event.get("bytes") or b"")
        await send({"type": "websocket.send", "text": str(length)})


async def respond(query, scope, receive, send):
    status, headers = query.get("status", 200), headers_of(query.get("headers", []))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": query.get("body", "0123456789").encode()})


async def respond_in_pieces(query, scope, receive, send):
    status, headers = query.get("status", 200), headers_of(query.get("headers", []))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for piece in (b"01234", b"56789"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body"})


async def send_file(query, scope, receive, send):
    headers = headers_of(query.get("headers", []))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.pathsend", "path": query["file"]})


async def fail(query, scope, receive, send):
    raise ValueError(SECRET)


async def fail_late(query, scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    raise ValueError(SECRET)


async def wait(query, scope, receive, send):
    """Answers nothing: leaves when its client does."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def stream(query, scope, receive, send):
    """Sends until the client disconnects."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": bytes(10_000), "more_body": True})


async def tell(query, scope, receive, send):
    """Reads its request to the end and tells what it was."""
    length, more = 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        length, more = length + len(event["body"]), event["more_body"]
    text = json.dumps({
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "client": scope["client"],
        "server": scope["server"],
        "scheme": scope["scheme"],
        "length": length,
    }).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})


async def tell_whatever(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    await tell({}, scope, receive, send)


APPS = {
    "/respond": respond,
    "/pieces": respond_in_pieces,
    "/file": send_file,
    "/raise": fail,
    "/raise late": fail_late,
    "/wait": wait,
    "/stream": stream,
}

"""Answers a request whose client waits with the body.

/reads      reads the body and answers with it
/refuses    answers 413 without reading
/starts     begins its response, then reads, and answers with the body
/asks/<id>  waits until /go/<id> is asked for, then reads the body
/go/<id>    lets it go on
"""

import asyncio

_gates = {}


def _gate(key):
    return _gates.setdefault(key, asyncio.Event())


async def _read(receive):
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return body
        body += event["body"]
        if not event["more_body"]:
            return body


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, what, *key = scope["path"].split("/")
    status, body = 200, b"ok"
    if what == "go":
        _gate(key[0]).set()
    elif what == "refuses":
        status, body = 413, b"too large"
    elif what == "starts":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
        body = await _read(receive)
    else:
        if what == "asks":
            await _gate(key[0]).wait()
        body = await _read(receive)
    if what != "starts":
        await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})

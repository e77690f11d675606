"""Never waits for anything but receive() and send(), and never ends: GET /<way>.

/receives    receive() for ever
/sends       send() for ever, also after exceptions
/completes   sends chunks for ever after the end of its response
/refused     sends messages for ever that are refused
/empty       sends empty chunks for ever
/head        sends chunks for ever that HEAD leaves out
/ended/<way> answers with the number of its starts and ends

Over a WebSocket the first two. All end when their task is cancelled.
"""

import json

counts = {}


def count(way, what):
    counts.setdefault(way, {"begun": 0, "ended": 0})[what] += 1


async def receives(receive, send):
    while True:
        await receive()


async def sends(receive, send):
    while True:
        try:
            await send({"type": "http.response.body", "body": b"chunk", "more_body": True})
        except OSError:
            continue


async def completes(receive, send):
    while True:
        await send({"type": "http.response.body", "body": b"end"})


async def refused(receive, send):
    while True:
        try:
            await send({"type": "nothing that is known"})
        except Exception:
            continue


async def empty(receive, send):
    while True:
        await send({"type": "http.response.body", "more_body": True})


async def head(receive, send):
    while True:
        await send({"type": "http.response.body", "body": b"chunk", "more_body": True})


async def socket_receives(receive, send):
    while True:
        await receive()


async def socket_sends(receive, send):
    while True:
        try:
            await send({"type": "websocket.send", "text": "text"})
        except OSError:
            continue


WAYS = {each.__name__: each for each in (receives, sends, completes, refused, empty, head)}
SOCKET_WAYS = {"receives": socket_receives, "sends": socket_sends}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    way = scope["path"].strip("/")
    if way.startswith("ended/"):
        way = way.partition("/")[2]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        return await send({"type": "http.response.body", "body": json.dumps(counts.get(way)).encode()})
    count(way, "begun")
    try:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            return await SOCKET_WAYS[way](receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if way != "completes":
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await WAYS[way](receive, send)
    finally:
        count(way, "ended")


async def lifespan(scope, receive, send):
    """Never stops to send what is refused, while it starts."""
    if scope["type"] != "lifespan":
        return await app(scope, receive, send)
    while True:
        try:
            await send({"type": "nothing that is known"})
        except Exception:
            continue

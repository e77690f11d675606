"""C12, D15: a sender that must be slowed down, and a reader that slows its sender down.

/flood/<id>   sends 1024 chunks of 64 KiB
/sent/<id>    answers with how many of them send() has taken
/hold/<id>    reads the request's body only after a request to /read/<id>, and answers with its length
/read/<id>    lets /hold/<id> read
"""

import asyncio

CHUNK = bytes(65536)
CHUNKS = 1024

_sent = {}
_gates = {}


def _gate(key):
    if key not in _gates:
        _gates[key] = asyncio.Event()
    return _gates[key]


async def _answer(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    if kind == "flood":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for count in range(CHUNKS):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            _sent[key] = count + 1
        await send({"type": "http.response.body"})
    elif kind == "sent":
        await _answer(send, b"%d" % _sent.get(key, 0))
    elif kind == "read":
        _gate(key).set()
        await _answer(send, b"")
    else:
        await _gate(key).wait()
        length = 0
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            length += len(event["body"])
            more = event["more_body"]
        await _answer(send, b"%d" % length)

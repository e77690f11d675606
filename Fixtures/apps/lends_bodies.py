"""Large bodies, with reports of other references to them and of changes.

/whole/<kind>    sends a body in one piece: `bytes`, its subclass `own`, `bytearray`, `memoryview`
/pieces/<count>  sends the `bytes` so many times, with their content-length
/held            answers with the number of references to each kind beyond its own, as JSON
/changed         answers with the kinds that have changed, as JSON
"""

import json
import sys

SIZE = 1 << 18
CONTENT = bytes(range(256)) * (SIZE // 256)


class Own(bytes):
    pass


BODIES = {
    # Each has memory of its own.
    "bytes": bytes(bytearray(CONTENT)),
    "own": Own(CONTENT),
    "bytearray": bytearray(CONTENT),
    "memoryview": memoryview(bytearray(CONTENT)),
}


def _count(kind):
    return sys.getrefcount(BODIES[kind])


WITHOUT = {kind: _count(kind) for kind in BODIES}


async def _answer(send, value):
    body = json.dumps(value).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def _pieces(send, count):
    headers = [(b"content-length", b"%d" % (count * SIZE))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(count):
        await send({"type": "http.response.body", "body": BODIES["bytes"], "more_body": number < count - 1})


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, what, *more = scope["path"].split("/")
    if what == "held":
        await _answer(send, {kind: _count(kind) - WITHOUT[kind] for kind in BODIES})
    elif what == "changed":
        await _answer(send, [kind for kind, body in BODIES.items() if body != CONTENT])
    elif what == "pieces":
        await _pieces(send, int(more[0]))
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": BODIES[more[0]]})

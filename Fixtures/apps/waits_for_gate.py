"""10,000 requests wait at once, for nothing that costs anything itself.

/wait      answers when the gate is opened
/waiting   answers with how many wait
/open      lets all go on
"""

import asyncio

_gate = None
_waiting = 0


async def _answer(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    global _gate, _waiting
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = scope["path"]
    if _gate is None:
        _gate = asyncio.Event()
    if path == "/wait":
        _waiting += 1
        await _gate.wait()
        _waiting -= 1
        await _answer(send, b"gone on")
    elif path == "/waiting":
        await _answer(send, b"%d" % _waiting)
    else:
        _gate.set()
        _gate = None
        await _answer(send, b"")

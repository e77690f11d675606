"""A15: raises exceptions that usually end a program, at once, after it has waited, and after its response.

/now/<exception>, /later/<exception>, /behind/<exception>
/wait/<anything>   answers once another request has asked for /go/<anything>
"""

import asyncio
import builtins

_gate = asyncio.Event()


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, when, name = scope["path"].split("/")
    if when == "go":
        _gate.set()
    if when == "wait":
        _gate.clear()
        await _gate.wait()
    if when == "later":
        await asyncio.sleep(0)
    if when not in ("now", "later"):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
    if when not in ("go", "wait"):
        raise getattr(builtins, name)("from the app")

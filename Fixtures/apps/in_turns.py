"""D2, D27: many responses that go on in the same turn of the event loop.

/wait/<number>  waits for that many ticks; then sends its start, '<number>.1' and '<number>.2', each with a tick of its own
/tick           lets all go on, those that have come last first
"""

import asyncio

_waiting = []


async def _tick():
    future = asyncio.get_running_loop().create_future()
    _waiting.append(future)
    await future


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, *number = scope["path"].split("/")
    if kind == "tick":
        woken, _waiting[:] = _waiting[::-1], []
        for future in woken:
            future.set_result(None)
    else:
        for _ in range(int(number[0])):
            await _tick()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for piece in (".1", ".2") if kind == "wait" else ():
        await _tick()
        await send({"type": "http.response.body", "body": (number[0] + piece).encode(), "more_body": True})
    await send({"type": "http.response.body"})

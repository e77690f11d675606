"""Sockets that are dropped at any stage: /<stage> is where the app waits; /tasks answers with the tasks that are left.

/accept   echoes; /wait never accepts; /send sends without end; /deny sends a denial without end
"""

import asyncio

from ws_tools import answer

_open = set()


async def _serve(kind, receive, send):
    await receive()
    if kind == "wait":
        await receive()
        return
    if kind == "deny":
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        while True:
            await send({"type": "websocket.http.response.body", "body": b"x" * 1000, "more_body": True})
    await send({"type": "websocket.accept"})
    while kind == "send":
        await send({"type": "websocket.send", "bytes": b"x" * 1000})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": "y"})


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        task = asyncio.current_task()
        _open.add(task)
        try:
            await _serve(scope["path"][1:], receive, send)
        finally:
            _open.discard(task)
    elif scope["type"] == "http":
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await answer(send, {"sockets": len(_open), "tasks": [repr(task) for task in others]})
    else:
        raise NotImplementedError(scope["type"])

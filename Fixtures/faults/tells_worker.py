"""Tells every request which worker has sent it: its header `worker`; and that there is one runtime for all of them.

/task/<n>   answers with the worker and n, after a turn or a moment
/stream     the worker, again and again
/upload     the worker, for every piece that comes
/wait       never
/known      what the process has seen: its modules' identity, its threads' names, and all workers that were here
a WebSocket says the worker and then what it is told
"""

import asyncio
import json
import threading

_workers = {}
_identity = object()


def _note(worker, what):
    _workers.setdefault(worker, []).append(what)


async def _http(worker, path, receive, send):
    async def tell(text, more):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

    await send({"type": "http.response.start", "status": 200, "headers": [(b"worker", worker.encode())]})
    if path.startswith("/task/"):
        number = path[6:]
        await asyncio.sleep(int(number) % 3 / 1000)
        return await tell(f"{worker} {number}", False)
    if path == "/known":
        loops = sum(thread.name == "MainThread" for thread in threading.enumerate())
        return await tell(json.dumps([id(_identity), loops, sorted(_workers)]), False)
    await tell(worker, True)
    if path == "/stream":
        while True:
            await tell(worker, True)
            await asyncio.sleep(0)
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        if path == "/upload" and event["body"]:
            await tell(f"{worker} {len(event['body'])}", True)


async def _socket(worker, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": worker})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": f"{worker} {event['text']}"})


async def app(scope, receive, send):
    if scope["type"] not in ("http", "websocket"):
        raise NotImplementedError(scope["type"])
    worker = dict(scope["headers"])[b"worker"].decode()
    _note(worker, scope["type"])
    if scope["type"] == "websocket":
        await _socket(worker, receive, send)
    else:
        await _http(worker, scope["path"], receive, send)

"""Answers with the names of all tasks that there are; /wait has a task of its own wait for those of all requests, /waited
says whether it has, and /seen which tasks there were when the lifespan ended.
"""

import asyncio
import contextvars
import json

CONTEXT = contextvars.Context()
SEEN = []
WAITED = []
WAITING = []


def names():
    return sorted(task.get_name() for task in asyncio.all_tasks())


def start_waiting():
    WAITING.append(asyncio.get_running_loop().create_task(wait_for_others()))


async def wait_for_others():
    # The lifespan's waits until the end.
    others = {task for task in asyncio.all_tasks() if task.get_name() == "asgi"}
    await asyncio.wait(others)
    WAITED.append(len(others))


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        asyncio.current_task().set_name("lifespan")
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        SEEN.append(names())
        return await send({"type": "lifespan.shutdown.complete"})
    await answer(scope, send)


async def report(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await answer(scope, send)


async def answer(scope, send):
    path = scope["path"]
    if path == "/wait":
        # Not a copy of this request's context: that alone would end its task.
        asyncio.get_running_loop().call_soon(start_waiting, context=CONTEXT)
    value = {"/waited": WAITED, "/seen": SEEN}.get(path)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(names() if value is None else value).encode()})

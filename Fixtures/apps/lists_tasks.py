"""Answers with the names of all tasks that there are.

/hold answers on /release; /between lists the tasks between requests, and /watch makes a task of its own wait for the
requests in flight. /listed, /watching, /watched and /seen report the results, or the tasks at the end of the lifespan.
/keep keeps its task, and answers with the number of different tasks kept.
"""

import asyncio
import contextvars
import json

LISTED = []
SEEN = []
WATCHING = []
WATCHED = []
HELD = []
TASKS = []


def names():
    return sorted(task.get_name() for task in asyncio.all_tasks(asyncio.get_event_loop()))


def start_watching():
    asyncio.get_event_loop().create_task(watch())


async def watch():
    requests = {task for task in asyncio.all_tasks() if task.get_name() == "asgi"}
    WATCHING.append(len(requests))
    await asyncio.wait(requests)
    WATCHED.append(len(requests))


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
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    if path == "/hold":
        HELD.append(loop.create_future())
        await HELD[-1]
    elif path == "/release":
        while HELD:
            HELD.pop().set_result(None)
    elif path == "/between":
        loop.call_soon(lambda: LISTED.append(names()), context=contextvars.Context())
    elif path == "/watch":
        loop.call_soon(start_watching)
    elif path == "/keep":
        TASKS.append(task)
    values = {
        "/listed": LISTED,
        "/watching": WATCHING,
        "/watched": WATCHED,
        "/seen": SEEN,
        "/keep": len(set(map(id, TASKS))),
    }
    assert asyncio.current_task() is task
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(values.get(path, names())).encode()})

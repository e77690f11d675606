"""Functions that are called beside requests, on the loop, and what they leave to those that come next."""

import asyncio
import contextvars

name = contextvars.ContextVar("name", default="nobody")


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await asyncio.sleep(0)
    body = name.get().encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def rename(new):
    """Sets a variable, and tells what it was."""
    old = name.get()
    name.set(new)
    return old


def cancels_its_task():
    """Cancels the task that it runs in, where there is one."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return
    if task is not None:
        task.cancel()


def later(new):
    """Makes a task that sees the variable as it is now."""
    name.set(new)
    done.append(asyncio.get_running_loop().create_task(tells()))


async def tells():
    await asyncio.sleep(0)
    return name.get()


done = []


async def told():
    return [await task for task in done]

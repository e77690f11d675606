"""Where the event loop runs and what it says of itself: GET /<probe> answers as JSON."""

import asyncio
import json
import os
import sys
import threading


async def running():
    loop = asyncio.get_running_loop()
    return {
        "is_running": loop.is_running(),
        "is_closed": loop.is_closed(),
        "is_selector_loop": isinstance(loop, asyncio.SelectorEventLoop),
        "is_the_current_one": asyncio.get_event_loop() is loop,
    }


async def task():
    task = asyncio.current_task()
    return {"is_task": isinstance(task, asyncio.Task), "is_listed": task in asyncio.all_tasks(), "done": task.done()}


async def run():
    """A loop that runs refuses to be run again, and to be closed; another one in its thread is refused too.

    Not asked for is run_forever(): Python 3.13 refuses it, and forgets that the loop runs.
    """
    outcomes = []
    coroutine = asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    attempts = (
        lambda: asyncio.run(coroutine),
        lambda: loop.run_until_complete(coroutine),
        loop.close,
    )
    for attempt in attempts:
        try:
            attempt()
        except RuntimeError as error:
            outcomes.append(type(error).__name__)
    coroutine.close()
    # Nothing has come to harm.
    await asyncio.sleep(0.001)
    return [outcomes, asyncio.get_running_loop() is loop, loop.is_running()]


async def thread():
    """The number of a process is that of its first thread, on Linux."""
    return {
        "is_main": threading.current_thread() is threading.main_thread(),
        "is_first": threading.get_native_id() == os.getpid(),
    }


async def switch_interval():
    return sys.getswitchinterval()




_probes = (running, task, run, thread, switch_interval)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

"""The end of a process: work that goes on in Python when Node has nothing to wait for.

/task, /spin, /timer, /timers, /server, /thread, /generator   start that, and answer while it goes on
/print/<text>    prints a line that stays in the buffer
/atexit/<text>   makes the program print that at its end
/hold            sends a first chunk and then nothing
/behind/<text>   answers, and prints that a moment later
/sleep, /wait_for_thread, /wait_for_child   answer after a moment in which nothing else happens
"""

import asyncio
import atexit
import sys
import threading
import time

_kept = []


async def _sleep_for_ever():
    while True:
        await asyncio.sleep(3600)


async def _spin():
    while True:
        await asyncio.sleep(0)


async def _tick():
    while True:
        await asyncio.sleep(0.001)


async def _numbers():
    yield 1
    await asyncio.sleep(3600)
    yield 2


async def _leave(kind):
    loop = asyncio.get_running_loop()
    if kind in ("task", "spin", "timers"):
        _kept.append(loop.create_task({"task": _sleep_for_ever, "spin": _spin, "timers": _tick}[kind]()))
    elif kind == "timer":
        _kept.append(loop.call_later(3600, print, "too late"))
    elif kind == "server":
        _kept.append(await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0))
    elif kind == "thread":
        _kept.append(threading.Thread(target=time.sleep, args=(3600,), daemon=True))
        _kept[-1].start()
    elif kind == "generator":
        _kept.append(_numbers())
        await _kept[-1].__anext__()


async def _wait(kind):
    if kind == "sleep":
        await asyncio.sleep(0.05)
    elif kind == "wait_for_thread":
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.05)
    elif kind == "wait_for_child":
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(0.05)")
        await child.wait()


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    kind, _, text = scope["path"].strip("/").partition("/")
    if kind == "print":
        print(text)
    elif kind == "atexit":
        atexit.register(print, text)
    else:
        await _wait(kind)
        await _leave(kind)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if kind == "hold":
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
    await send({"type": "http.response.body", "body": kind.encode()})
    if kind == "behind":
        await asyncio.sleep(0.02)
        print(text, flush=True)

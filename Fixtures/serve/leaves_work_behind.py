"""Leaves what a program of Python sees to at its end: an exit function, a finalizer, a process, work of threads."""

import asyncio
import atexit
import multiprocessing
import os
import threading
import time
import weakref


class Kept:
    """Lives as long as the process."""


_kept = [Kept()]
_has_shut_down = threading.Event()


def say(text):
    # In one piece: the server writes to the same place.
    os.write(1, f"{text}\n".encode())


def begin():
    atexit.register(say, "exit function")
    weakref.finalize(_kept[0], say, "finalizer")
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,), daemon=True)
    child.start()
    say(f"child {child.pid}")


def work(who):
    """Has begun before the app's shutdown, and ends after it."""
    _has_shut_down.wait(30)
    time.sleep(0.3)
    say(f"{who} has worked")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        _has_shut_down.set()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/work":
        _kept.append(asyncio.get_running_loop().run_in_executor(None, work, "executor"))
        threading.Thread(target=work, args=("thread",)).start()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})

"""Logs, warns and fails in all the ways that end up as text on stdout or stderr, one a path."""

import asyncio
import logging
import threading
import warnings

logging.basicConfig(level=logging.INFO)
shop = logging.getLogger("shop")


class Odd:
    def __str__(self):
        return "an odd thing"


def fails():
    raise LookupError("no such thing")


class Unraisable:
    def __del__(self):
        fails()


async def failing():
    fails()


def fails_in_thread():
    thread = threading.Thread(target=fails, name="clerk")
    thread.start()
    thread.join()


async def fails_in_task():
    task = asyncio.ensure_future(failing())
    await asyncio.wait([task])
    del task


def with_traceback():
    try:
        fails()
    except LookupError:
        shop.exception("a fault of %s", "ours")


def with_extras():
    circle = []
    circle.append(circle)
    shop.info("a sale", extra={"order": 7, "thing": Odd(), "tags": {1}})
    shop.info("a loop", extra={"circle": circle, "nothing": float("nan")})


WAYS = {
    "/record": lambda: shop.info("a visit\nof two lines"),
    "/traceback": with_traceback,
    "/extras": with_extras,
    "/format": lambda: shop.info("%d pieces", "many"),
    "/warning": lambda: warnings.warn("a doubt"),
    "/thread": fails_in_thread,
    "/unraisable": Unraisable,
    "/task": fails_in_task,
    "/raise": fails,
    "/returns": lambda: None,
}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    done = WAYS[scope["path"]]()
    if asyncio.iscoroutine(done):
        await done
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    if scope["path"] == "/returns":
        return "something"

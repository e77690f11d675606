"""H1-H17: applications with a lifespan of every kind, which note their events in order.

report is not one of them: it answers
  /log/<app>             the notes of that application so far
  /until/<app>/<entry>   the same, once there is such an entry
  /go/<app>/<gate>       opens a gate that the application waits at
  /loop/                 a name of the event loop
and the applications answer /<anything> with their state and a name of their event loop, /hold when their gate 'hold' is
open, and /stream never to the end.
"""

import asyncio
import functools
import gc
import json

_named = {}


class _Book:
    """What has happened to an application, and the gates that it waits at."""

    def __init__(self):
        self.entries = []
        self.readers = []
        self.gates = {}

    def write(self, entry):
        self.entries.append(entry)
        for future in self.readers:
            if not future.done():
                future.set_result(None)
        self.readers.clear()

    async def until(self, entry):
        while entry not in self.entries:
            future = asyncio.get_running_loop().create_future()
            self.readers.append(future)
            await future

    def gate(self, name):
        return self.gates.setdefault(name, asyncio.Event())


def _loop_name():
    return str(id(asyncio.get_running_loop()))


async def _answer(send, value):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(value).encode()})


async def _serve(book, scope, receive, send):
    path = scope["path"].strip("/") or "root"
    book.write("request " + path)
    if path == "hold":
        await book.gate("hold").wait()
    if path == "stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        book.write("disconnect")
        return
    gc.collect()
    answer = {"loop": _loop_name(), "has_state": "state" in scope}
    state = scope.get("state")
    if state is not None:
        if "lock" in state:
            async with state.pop("lock"):
                answer["locked"] = True
        answer["state"] = {"shared": list(state.get("shared", [])), "loop": state.get("loop")}
        answer["private"] = sorted(set(state) - {"shared", "loop"})
        if path == "write":
            state["written"] = "by a request"
            state.setdefault("shared", []).append(path)
    await _answer(send, answer)
    book.write("response " + path)


def _application(lifespan):
    """An application of that lifespan, under the lifespan's name."""
    book = _Book()
    _named[lifespan.__name__] = book

    @functools.wraps(lifespan)
    async def application(scope, receive, send):
        if scope["type"] == "http":
            await _serve(book, scope, receive, send)
        else:
            await lifespan(book, scope, receive, send)

    return application


async def _expect(book, receive, event):
    received = await receive()
    assert received == {"type": event}, received
    book.write(event)


async def _complete(book, send, part):
    book.write(part + " complete")
    await send({"type": "lifespan." + part + ".complete"})


@_application
async def orderly(book, scope, receive, send):
    book.write({"type": scope["type"], "asgi": scope["asgi"], "state": dict(scope["state"]), "keys": sorted(scope)})
    await _expect(book, receive, "lifespan.startup")
    scope["state"].update(shared=[], lock=asyncio.Lock(), loop=_loop_name())
    await _complete(book, send, "startup")
    await _expect(book, receive, "lifespan.shutdown")
    await _complete(book, send, "shutdown")


@_application
async def slow(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    await book.gate("start").wait()
    await _complete(book, send, "startup")
    await _expect(book, receive, "lifespan.shutdown")
    await book.gate("stop").wait()
    await _complete(book, send, "shutdown")


@_application
async def closed_early(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    try:
        await book.gate("start").wait()
    finally:
        book.write("startup given up")
    await _complete(book, send, "startup")


@_application
async def never_starts(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    await book.gate("start").wait()


@_application
async def never_stops(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    await _complete(book, send, "startup")
    await _expect(book, receive, "lifespan.shutdown")
    await book.gate("stop").wait()


@_application
async def fails_to_start(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    await send({"type": "lifespan.startup.failed", "message": "no database"})


@_application
async def fails_without_message(book, scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed"})


@_application
async def fails_to_stop(book, scope, receive, send):
    await receive()
    await _complete(book, send, "startup")
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": "cannot save"})


@_application
async def raises_at_once(book, scope, receive, send):
    raise NotImplementedError("no lifespan here")


@_application
async def raises_in_startup(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    raise ValueError("no settings")


@_application
async def raises_in_shutdown(book, scope, receive, send):
    await receive()
    await _complete(book, send, "startup")
    await receive()
    raise ValueError("cannot save")


@_application
async def returns_at_once(book, scope, receive, send):
    book.write("returned")


@_application
async def returns_after_startup(book, scope, receive, send):
    await _expect(book, receive, "lifespan.startup")
    await _complete(book, send, "startup")


@_application
async def returns_in_shutdown(book, scope, receive, send):
    await receive()
    await _complete(book, send, "startup")
    await _expect(book, receive, "lifespan.shutdown")


@_application
async def misordered(book, scope, receive, send):
    async def tried(message):
        try:
            await send(message)
            book.write([message.get("type"), None])
        except Exception as error:
            book.write([message.get("type"), type(error).__name__])

    await tried({"type": "lifespan.startup.complete.not"})
    await tried({"type": "http.response.start", "status": 200})
    await tried({})
    await tried({"type": "lifespan.shutdown.complete"})
    await _expect(book, receive, "lifespan.startup")
    await tried({"type": "lifespan.startup.complete"})
    await tried({"type": "lifespan.startup.complete"})
    await tried({"type": "lifespan.startup.failed", "message": "too late"})
    await tried({"type": "lifespan.shutdown.complete"})
    await _expect(book, receive, "lifespan.shutdown")
    await tried({"type": "lifespan.shutdown.complete"})
    await tried({"type": "lifespan.shutdown.complete"})


async def report(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    kind, name, *rest = scope["path"][1:].split("/")
    if kind == "loop":
        return await _answer(send, _loop_name())
    book = _named[name]
    if kind == "go":
        book.gate(rest[0]).set()
    if kind == "until":
        await book.until(rest[0])
    await _answer(send, book.entries)

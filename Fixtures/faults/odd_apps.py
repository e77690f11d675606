"""Applications with all kinds of mistakes, by accident or on purpose: GET /<kind>/<name>.

Each may fail only its own request. Over HTTP and over WebSockets: /values/<message>/<key>/<name>
sends a message with one odd value, and answers with the outcome if it still can.
"""

import asyncio
import gc
import sys
import threading
import types

START = {"type": "http.response.start", "status": 200, "headers": [(b"x-odd", b"o" * 50)]}
BODY = {"type": "http.response.body", "body": b"body"}


def step(awaitable):
    """Sends a message at once, and returns the outcome."""
    try:
        awaitable.send(None)
    except StopIteration:
        return "sent"
    except BaseException as error:
        return type(error).__name__
    return "waits"


# MARK: values


class Refuses:
    """Raises at everything that can be asked of it."""

    def _refuse(self, *arguments):
        raise LookupError("no")

    __index__ = __int__ = __float__ = __bool__ = __iter__ = __len__ = __getitem__ = __bytes__ = __str__ = _refuse
    __repr__ = __eq__ = __hash__ = __getattr__ = __contains__ = __fspath__ = __buffer__ = fileno = _refuse


class Exits(Refuses):
    def _refuse(self, *arguments):
        raise SystemExit("from a value")

    __index__ = __int__ = __bool__ = __iter__ = __len__ = __getitem__ = __bytes__ = __str__ = __getattr__ = _refuse


class Pretends:
    """Says that it is a bytes and a str and an int."""

    @property
    def __class__(self):
        return bytes


class Text(str):
    def encode(self, *arguments):
        raise LookupError("no")

    __str__ = __repr__ = __len__ = __iter__ = __hash__ = __eq__ = encode


class Whole(int):
    def __index__(self):
        raise LookupError("no")

    __int__ = __bool__ = __eq__ = __lt__ = __index__
    __hash__ = int.__hash__


class Grows(list):
    """Has another length each time."""

    def __len__(self):
        self.append((b"x-more", b"m"))
        return list.__len__(self)

    def __iter__(self):
        self.append((b"x-more", b"m"))
        return list.__iter__(self)


def shrinking():
    """A list that loses its items while they are made pairs of."""
    items = []

    class Pair:
        def __iter__(self):
            items.clear()
            gc.collect()
            return iter((b"x-odd", b"o"))

    items.extend(Pair() for _ in range(100))
    return items


def endless():
    items = []
    items.append(items)
    return items


def released():
    view = memoryview(b"released")
    view.release()
    return view


def failing():
    yield (b"x-odd", b"o")
    raise LookupError("no")


VALUES = {
    "none": lambda: None,
    "true": lambda: True,
    "zero": lambda: 0,
    "negative": lambda: -1,
    "large": lambda: 2**70,
    "real": lambda: 200.5,
    "no_number": lambda: float("nan"),
    "text": lambda: "text",
    "surrogate": lambda: "\udcff",
    "nul": lambda: "a\0b",
    "lines": lambda: b"a\r\nb: c",
    "empty": lambda: b"",
    "octets": lambda: b"octets",
    "array": lambda: bytearray(b"array"),
    "view": lambda: memoryview(b"view"),
    "steps": lambda: memoryview(b"s t e p s ")[::2],
    "planes": lambda: memoryview(bytes(24)).cast("B", (2, 3, 4)),
    "released": released,
    "list": lambda: [],
    "pairs": lambda: [(b"x", b"y"), [b"x", b"y"], {b"x": 1, b"y": 2}, iter((b"x", b"y"))],
    "threes": lambda: [(b"x", b"y", b"z")],
    "ones": lambda: [b"x"],
    "texts": lambda: [("x", "y")],
    "nones": lambda: [(None, None)],
    "nested": lambda: [[(b"x", b"y")]],
    "endless": endless,
    "generator": lambda: ((name, b"y") for name in (b"x", b"z")),
    "failing": failing,
    "shrinking": shrinking,
    "grows": lambda: Grows([(b"x", b"y")]),
    "dict": lambda: {b"x": b"y"},
    "set": lambda: {(b"x", b"y")},
    "object": object,
    "class": lambda: bytes,
    "refuses": Refuses,
    "exits": Exits,
    "refusing_pair": lambda: [(Refuses(), Refuses())],
    "pretends": Pretends,
    "own_text": lambda: Text("text"),
    "whole": lambda: Whole(200),
    "module": lambda: sys,
    "frame": sys._getframe,
}


async def values(send, message, key, name):
    event = {
        "http.response.start": dict(START),
        "http.response.body": dict(BODY),
        "http.response.trailers": {"type": "http.response.trailers", "headers": []},
        "http.response.early_hint": {"type": "http.response.early_hint", "links": []},
        "http.response.pathsend": {"type": "http.response.pathsend", "path": "/"},
        "http.response.zerocopysend": {"type": "http.response.zerocopysend", "file": 0},
        "websocket.accept": {"type": "websocket.accept"},
        "websocket.send": {"type": "websocket.send", "text": "text"},
        "websocket.close": {"type": "websocket.close"},
        "websocket.http.response.start": {**START, "type": "websocket.http.response.start"},
        "websocket.http.response.body": {**BODY, "type": "websocket.http.response.body"},
        "event": {},
    }[message]
    if message == "event":
        event = VALUES[name]()
    else:
        if message == "websocket.send" and key == "bytes":
            del event["text"]
        event[key] = VALUES[name]()
    try:
        await send(event)
    except BaseException as error:
        return type(error).__name__
    return "sent"


# MARK: what an application returns


class Awaits:
    """An awaitable whose iterator is odd."""

    def __init__(self, iterate):
        self.iterate = iterate

    def __await__(self):
        return self.iterate()


class Iterates:
    def __init__(self, take):
        self.take = take

    def __iter__(self):
        return self

    def __next__(self):
        return self.take()


def _raise(error):
    raise error


@types.coroutine
def _yields(*things):
    for thing in things:
        yield thing


async def _late(thing):
    await asyncio.sleep(0)
    return await thing


RETURNS = {
    "nothing": lambda receive, send: None,
    "number": lambda receive, send: 5,
    "receive": lambda receive, send: receive(),
    "send": lambda receive, send: send(dict(START)),
    "function": lambda receive, send: receive,
    "future": lambda receive, send: asyncio.gather(),
    "no_iterator": lambda receive, send: Awaits(lambda: 5),
    "raises": lambda receive, send: Awaits(lambda: _raise(LookupError("no"))),
    "exits": lambda receive, send: Awaits(lambda: _raise(SystemExit("no"))),
    "stops": lambda receive, send: Awaits(lambda: Iterates(lambda: _raise(StopIteration("value")))),
    "stops_at_once": lambda receive, send: Awaits(lambda: _raise(StopIteration("value"))),
    "yields_itself": lambda receive, send: _yields(asyncio.current_task()),
    "yields_numbers": lambda receive, send: _yields(1, 2, 3),
    "yields_none": lambda receive, send: _yields(*[None] * 10),
    "yields_done": lambda receive, send: _yields(_done()),
    "yields_another_loops": lambda receive, send: _late(_yields(_future_of_another_loop())),
    "yields_bare_future": lambda receive, send: _late(_yields(asyncio.get_running_loop().create_future())),
    "generator": lambda receive, send: (each for each in ()),
    "used": lambda receive, send: _used(receive),
    "own_coroutine": lambda receive, send: asyncio.current_task().get_coro(),
    "own_task": lambda receive, send: asyncio.current_task(),
    "refuses": lambda receive, send: Refuses(),
}


def _done():
    future = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


def _future_of_another_loop():
    loop = asyncio.new_event_loop()
    try:
        return loop.create_future()
    finally:
        loop.close()


def _used(receive):
    awaitable = receive()
    step(awaitable)
    return awaitable


# MARK: what an application does


async def collects(scope, receive, send):
    """The collector runs code that sends and receives, as often as it can."""
    threshold = gc.get_threshold()
    busy = []

    def collected(phase, info):
        if busy or threading.current_thread() is not thread:
            return
        busy.append(True)
        step(receive())
        step(send({"type": "http.response.body", "body": b"c", "more_body": True}))
        step(send({"type": "http.response.start", "status": "no", "headers": [(object(), b"")]}))
        busy.clear()

    thread = threading.current_thread()
    gc.callbacks.append(collected)
    gc.set_threshold(1, 1, 1)
    try:
        await send(START)
        for _ in range(50):
            step(send({"type": "http.response.start", "status": 200, "headers": [[b"x", b"\n"]]}))
            step(send({"type": "http.response.body", "body": [], "more_body": [object()]}))
            step(receive())
            await send({"type": "http.response.body", "body": b"b", "more_body": True})
        await asyncio.sleep(0)
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(collected)


async def profiled(scope, receive, send):
    """A profiler sends at each call."""
    busy = []

    def profile(frame, event, argument):
        if not busy:
            busy.append(True)
            step(send({"type": "http.response.body", "body": b"p", "more_body": True}))
            step(receive())
            busy.clear()

    sys.setprofile(profile)
    try:
        await send(START)
        for _ in range(20):
            await send({"type": "http.response.body", "body": b"b", "more_body": True})
            step(receive())
    finally:
        sys.setprofile(None)


async def threads(scope, receive, send):
    """Threads send and receive at once, while the application does, too."""
    await send(START)

    def work():
        for _ in range(200):
            step(send({"type": "http.response.body", "body": b"t", "more_body": True}))
            step(send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"\n")]}))
            step(receive())

    loop = asyncio.get_running_loop()
    work_of_threads = [loop.run_in_executor(None, work) for _ in range(4)]
    for _ in range(200):
        step(send({"type": "http.response.body", "body": b"a", "more_body": True}))
        await asyncio.sleep(0)
    await asyncio.gather(*work_of_threads)


async def another_loop(scope, receive, send):
    """Sends and receives from an event loop of another thread."""

    async def there():
        await send(START)
        await send({"type": "http.response.body", "body": b"there", "more_body": True})
        await receive()
        try:
            await asyncio.wait_for(receive(), 0.01)
        except (asyncio.TimeoutError, RuntimeError) as error:
            await send({"type": "http.response.body", "body": type(error).__name__.encode(), "more_body": True})

    await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(there()))


async def recurses(scope, receive, send):
    """A value sends a message with a value that sends a message, and so on."""

    class Status:
        def __index__(self):
            step(send({"type": "http.response.start", "status": Status(), "headers": []}))
            return 200

    step(send({"type": "http.response.start", "status": Status(), "headers": []}))


async def leaves_finalizers(scope, receive, send):
    """Objects on its task, its scope and its messages that send when they are freed."""

    class Last:
        def __init__(self):
            self.cycle = self

        def __del__(self):
            step(send({"type": "http.response.start", "status": 500, "headers": [(b"x-last", b"l")]}))
            step(send({"type": "http.response.body", "body": b"last"}))
            step(receive())
            raise LookupError("from a finalizer")

    task = asyncio.current_task()
    scope["state"] = Last()
    if hasattr(task, "__dict__") or sys.version_info >= (3, 8):
        try:
            task.last = Last()
        except AttributeError:
            pass
    await send({**START, "more": Last()})
    await asyncio.sleep(0)
    await send({**BODY, "more": Last()})


async def empties(scope, receive, send):
    """Takes apart what it was given."""
    scope["headers"].clear()
    scope["asgi"].clear()
    scope["extensions"].clear()
    scope.clear()
    event = await receive()
    event.clear()
    await send(START)


async def changes_headers(scope, receive, send):
    """Changes the headers that it has sent while they are on their way."""
    headers = [(b"x-odd", b"o" * 50) for _ in range(20)]
    awaitable = send({"type": "http.response.start", "status": 200, "headers": headers})
    headers[:] = [(b"x-wrong", b"w" * 500)] * 500
    await awaitable


async def keeps(scope, receive, send):
    """Uses what the request before was given."""
    for old_receive, old_send, waits in kept:
        step(old_send(START))
        step(old_send(BODY))
        step(old_receive())
        step(waits)
    kept[:] = [(receive, send, receive())]
    await send(START)


kept = []


async def cancels_itself(scope, receive, send):
    asyncio.current_task().cancel()
    await send(START)
    await asyncio.sleep(0)


async def cancels_itself_for_ever(scope, receive, send):
    for _ in range(100):
        asyncio.current_task().cancel()
        try:
            await receive()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            continue
    await send(START)


async def asks_its_bell(scope, receive, send):
    """Takes what its task waits for, cancels it and asks for its result."""
    task = asyncio.current_task()
    await receive()

    async def ask():
        await asyncio.sleep(0)
        bell = getattr(task, "_fut_waiter", None)
        for name in ("result", "exception", "done", "cancelled", "get_loop", "cancel"):
            try:
                getattr(bell, name)()
            except BaseException:
                continue

    other = asyncio.ensure_future(ask())
    try:
        await receive()
    except asyncio.CancelledError:
        pass
    other.cancel()
    await asyncio.wait([other])


async def spoils_its_bell(scope, receive, send):
    await receive()
    awaitable = receive()
    bell = awaitable.send(None)
    for name in ("callback", "context", "loop", "message", "_asyncio_future_blocking"):
        for spoil in (lambda: setattr(bell, name, 5), lambda: delattr(bell, name)):
            try:
                spoil()
            except AttributeError:
                continue
    step(awaitable)
    awaitable.close()


async def drops_awaitables(scope, receive, send):
    """Half-used awaitables, dropped and closed in any order."""
    await receive()
    waiting = [receive() for _ in range(20)]
    for awaitable in waiting[::2]:
        step(awaitable)
    for awaitable in waiting[::3]:
        awaitable.close()
    for awaitable in waiting[::5]:
        try:
            awaitable.throw(LookupError("no"))
        except LookupError:
            continue
    del waiting
    gc.collect()
    await send(START)


async def gathers(scope, receive, send):
    """Many tasks that wait for the same."""
    await receive()
    tasks = [asyncio.ensure_future(receive()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await send(START)


DEEDS = {
    each.__name__: each
    for each in (
        collects,
        profiled,
        threads,
        another_loop,
        recurses,
        leaves_finalizers,
        empties,
        changes_headers,
        keeps,
        cancels_itself,
        cancels_itself_for_ever,
        asks_its_bell,
        spoils_its_bell,
        drops_awaitables,
        gathers,
    )
}


async def does(name, scope, receive, send):
    await DEEDS[name](scope, receive, send)
    # Where it has not been done.
    step(send(START))
    step(send(BODY))


async def sends_values(path, receive, send):
    message = path[1]
    if message in ("http.response.body", "http.response.trailers", "http.response.pathsend", "http.response.zerocopysend"):
        await send({**START, "trailers": message == "http.response.trailers"})
    if message == "http.response.trailers":
        await send(BODY)
    if message in ("websocket.send", "websocket.close"):
        await send({"type": "websocket.accept"})
    outcome = await values(send, *path[1:])
    # Where it can still be done.
    prefix = "websocket." if message.startswith("websocket.") else ""
    if prefix and step(send({"type": "websocket.accept"})) != "sent":
        step(send({"type": "websocket.send", "text": outcome}))
    step(send({**START, "type": prefix + START["type"]}))
    step(send({"type": prefix + BODY["type"], "body": outcome.encode()}))
    step(send({"type": "http.response.trailers"}))


def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    path = scope["path"].strip("/").split("/")
    if path[0] == "names":
        return names(send)
    if path[0] == "values":
        return sends_values(path, receive, send)
    if path[0] == "returns":
        return RETURNS[path[1]](receive, send)
    return does(path[1], scope, receive, send)


async def names(send):
    import json

    found = {"values": list(VALUES), "returns": list(RETURNS), "does": list(DEEDS)}
    await send(START)
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})

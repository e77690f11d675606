"""Sends messages with values of all kinds, and some that refuse whatever is asked of them."""

import gc
import sys

from odd_messages import BODY, START, step


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

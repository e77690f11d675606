"""Sends events whose values run code while they are read: GET /<place>/<deed>.

<place> says which value it is, and <deed> what its code does meanwhile:
  clears    empties the event and collects garbage
  sends     sends another message of the same kind
  ends      sends all that is left of the response
  raises    raises a LookupError
  both      sends, and then clears

The place `plain` has no such value. What send() has come to, and the messages inside of it, ends the body as JSON.
"""

import asyncio
import gc
import json


def step(awaitable):
    """Sends a message, and returns the outcome."""
    try:
        awaitable.send(None)
    except StopIteration:
        return "sent"
    except BaseException as error:
        return type(error).__name__
    return "waits"


class Deeds:
    """What a hostile value does."""

    def __init__(self, deed, send):
        self.deed = deed
        self.send = send
        self.event = {}
        self.inside = []
        self.is_started = False
        self.is_armed = False

    def act(self):
        # Once, and only while the event is read.
        if not self.is_armed:
            return
        self.is_armed = False
        if self.deed in ("sends", "both", "ends"):
            if self.is_started:
                more = self.deed != "ends"
                message = {"type": "http.response.body", "body": b"inside" * 100, "more_body": more}
            else:
                message = {"type": "http.response.start", "status": 299, "headers": [(b"x-inside", b"i" * 999)]}
            self.inside.append(step(self.send(message)))
            if self.deed == "ends" and not self.is_started:
                self.inside.append(step(self.send({"type": "http.response.body", "body": b"inside"})))
        if self.deed in ("clears", "both"):
            self.event.clear()
            gc.collect()
        if self.deed == "raises":
            raise LookupError("from a value")


def values(deeds):
    """Values of hostile classes, by their places in an event."""

    class Number:
        def __index__(self):
            deeds.act()
            return 202

        __int__ = __index__

    class NoNumber(metaclass=type("Meta", (type,), {"__name__": property(lambda cls: deeds.act() or "Named")})):
        def __index__(self):
            deeds.act()
            return "no number"

    class Truth:
        def __bool__(self):
            deeds.act()
            return False

    class Headers:
        def __iter__(self):
            deeds.act()
            return iter([(b"x-outer", b"o" * 200)])

    class HeadersInOrder:
        def __len__(self):
            deeds.act()
            return 1

        def __getitem__(self, index):
            deeds.act()
            if index:
                raise IndexError
            return [b"x-outer", b"o" * 200]

    class Pair:
        def __iter__(self):
            deeds.act()
            return iter((b"x-outer", b"o" * 200))

    class Meta(type):
        def __getattribute__(cls, name):
            if name == "__name__":
                deeds.act()
            return type.__getattribute__(cls, name)

    class Name(metaclass=Meta):
        pass

    class Octets(bytes):
        def __len__(self):
            deeds.act()
            return 3

        def __bytes__(self):
            deeds.act()
            return b"other"

        def lower(self):
            deeds.act()
            return b"other"

    class ByteArray(bytearray):
        def __buffer__(self, flags):
            deeds.act()
            return memoryview(b"buffer")

        def __bytes__(self):
            deeds.act()
            return b"bytes"

        def __iter__(self):
            deeds.act()
            return iter((1, 2, 3))

    class Key:
        def __init__(self, text):
            self.text = text

        def __hash__(self):
            return hash(self.text)

        def __eq__(self, other):
            deeds.act()
            return False

    class Trash:
        """Freed when the event is cleared."""

        def __del__(self):
            deeds.act()

    pretender = type("bytearray", (), {"__iter__": lambda self: deeds.act() or iter((1, 2, 3))})
    start, body = "http.response.start", "http.response.body"
    long = bytes(bytearray(b"o" * 5000))
    return {
        "plain": {"type": start, "status": 202, "headers": [(b"x-outer", b"o" * 200)]},
        "status": {"type": start, "status": Number(), "headers": [(b"x-outer", b"o")]},
        "wrong_status": {"type": start, "status": NoNumber(), "headers": [(b"x-outer", b"o")]},
        "trailers": {"type": start, "status": 202, "headers": [(b"x-outer", b"o")], "trailers": Truth()},
        "headers": {"type": start, "status": 202, "headers": Headers()},
        "headers_in_order": {"type": start, "status": 202, "headers": HeadersInOrder()},
        "pair": {"type": start, "status": 202, "headers": [(b"x-first", b"f" * 300), Pair()]},
        "name": {"type": start, "status": 202, "headers": [(b"x-first", b"f" * 300), (Name(), b"v")]},
        "value": {"type": start, "status": 202, "headers": [(b"x-first", b"f" * 300), (b"x-second", Name())]},
        "octets": {"type": start, "status": 202, "headers": [(Octets(b"x-outer"), Octets(b"o" * 300))]},
        "key": {Key("status"): 1, "type": start, "status": 202, "headers": [(b"x-outer", b"o")]},
        "type_key": {Key("type"): 1, "type": start, "status": 202, "headers": [(b"x-outer", b"o")]},
        "wrong_type": {"type": Name()},
        "trash": {"type": start, "status": Number(), "headers": [(b"x-outer", Trash())], Trash(): Trash()},
        "body": {"type": body, "body": Octets(long)},
        "bytearray": {"type": body, "body": ByteArray(long)},
        "pretender": {"type": body, "body": pretender()},
        "view": {"type": body, "body": memoryview(ByteArray(long))},
        "wrong_body": {"type": body, "body": Name()},
        "more_body": {"type": body, "body": long, "more_body": Truth()},
        "body_key": {Key("body"): 1, "type": body, "body": long},
    }


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, place, deed = scope["path"].split("/")
    deeds = Deeds(deed, send)
    deeds.event = values(deeds)[place]
    deeds.is_started = deeds.event["type"] == "http.response.body"
    if deeds.is_started:
        await send({"type": "http.response.start", "status": 200, "headers": []})
    deeds.is_armed = True
    outcome = step(send(deeds.event))
    deeds.is_armed = False
    # Messages sent before stay as they are.
    step(send({"type": "http.response.start", "status": 200, "headers": []}))
    await asyncio.sleep(0)
    step(send({"type": "http.response.body", "body": b"|" + json.dumps([outcome, *deeds.inside]).encode()}))

"""Apps of no protocol in particular: act on the scope and the events, and note what happens to them."""

import asyncio
import concurrent.futures
import contextvars
import logging
import threading

live = 0
# Several event loops may count at once.
lock = threading.Lock()
journal = []
flooded = {}
# Futures that any event loop may complete, and any may wait for.
gates = {}
name = contextvars.ContextVar("name", default="nobody")
logger = logging.getLogger("raw_protocol")


async def app(scope, receive, send):
    global live
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    with lock:
        live += 1
    try:
        await APPS.get(scope["type"], converse)(scope, receive, send)
    finally:
        with lock:
            live -= 1


async def app_with_state(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["started"] = ["by", "lifespan"]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "state", "state": scope["state"]})


async def tell_scope(scope, receive, send):
    await send({"type": "scope", "scope": scope, "types": types_of(scope)})


async def report(scope, receive, send):
    """How many others run, and what they have written down."""
    await send({"type": "report", "live": live - 1, "journal": [*journal], "flooded": dict(flooded)})


async def open_gate(scope, receive, send):
    gate(scope["gate"]).set_result(None)
    await send({"type": "opened"})


async def flood(scope, receive, send):
    for number in range(scope["count"]):
        flooded[scope["name"]] = number + 1
        await send({"type": "drop", "number": number, "data": "x" * scope["size"]})


async def take_late(scope, receive, send):
    """Receives nothing before its gate opens, then everything."""
    await send({"type": "waiting"})
    await asyncio.wrap_future(gate(scope["gate"]))
    taken = 0
    while (event := await receive())["type"] != "end":
        taken += len(event["data"])
    await send({"type": "taken", "bytes": taken})


async def tell_name(scope, receive, send):
    """Keeps its client's name in a context variable while others do the same."""
    name.set(scope["name"])
    while (await receive())["type"] != "end":
        await asyncio.sleep(0)
        logger.warning("%s was asked", name.get())
        await send({"type": "name", "name": name.get()})


async def converse(scope, receive, send):
    while True:
        event = await receive()
        kind = event["type"]
        if kind == "end":
            return
        if kind == "raise":
            raise ValueError(event["text"])
        if kind == "send":
            await try_to_send(SENDS[event["what"]], send)
        elif kind == "pause":
            await pause(event["name"], send)
        elif kind == "stay":
            return await stay(event["name"], event["gate"], send)
        elif kind == "stay then raise":
            try:
                await pause(event["name"], send)
            except asyncio.CancelledError:
                pass
            raise ValueError(event["text"])
        else:
            await send({"type": "echo", "event": event, "types": types_of(event)})


async def try_to_send(event, send):
    try:
        await send(event)
    except (TypeError, ValueError) as error:
        await send({"type": "refused", "error": type(error).__name__, "text": str(error)})


async def pause(name, send):
    await send({"type": "pausing"})
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        journal.append(f"{name} cancelled")
        raise
    finally:
        await asyncio.sleep(0)
        journal.append(f"{name} ended")


async def stay(name, gate_name, send):
    """Swallows its cancellation and goes on until its gate opens."""
    try:
        await pause(name, send)
    except asyncio.CancelledError:
        pass
    await asyncio.wrap_future(gate(gate_name))
    try:
        await send({"type": "late"})
    except OSError as error:
        journal.append(f"{name} {type(error).__name__}")


async def receive_on(scope, receive, send):
    """Swallows its cancellation and goes on receiving, as programs do that catch everything in a loop."""
    await send({"type": "receiving"})
    while True:
        try:
            await receive()
        except asyncio.CancelledError:
            continue


def gate(name):
    return gates.setdefault(name, concurrent.futures.Future())


def types_of(event):
    return {key: type(value).__name__ for key, value in event.items()}


APPS = {
    "scope": tell_scope,
    "report": report,
    "open": open_gate,
    "flood": flood,
    "late": take_late,
    "name": tell_name,
    "stubborn": receive_on,
}

SENDS = {
    "tuple": {"type": "t", "value": (1, [2, (3,)], ())},
    "large": {"type": "t", "value": [2**53 - 1, 2**53, -(2**53), 2**80, -(2**80)]},
    "floats": {"type": "t", "value": [float("inf"), float("-inf"), float("nan"), 0.5, 1e300, 2.0]},
    "views": {"type": "t", "value": [bytearray(b"\x00\xff"), memoryview(b"ab"), b""]},
    "proto": {"type": "t", "__proto__": {"polluted": True}, "constructor": 1},
    "text": {"type": "t", "value": "\ud800 \U0001f600 \x00 \u2028", "\xe9": None},
    "lists": {"type": "t", "value": [["l", 1], ["b", "AA=="], ["i", "1"], [], [[]], {}]},
    "object": {"type": "t", "value": object()},
    "set": {"type": "t", "value": {1}},
    "key": {"type": "t", 1: 2},
    "inner key": {"type": "t", "value": {b"a": 1}},
    "list": ["t"],
    "nothing": None,
    "text alone": "t",
}

"""Sends messages by the plan in its query, from as many tasks, and notes the outcome of each, in order.

A plan has tasks, each a list of steps; the first is the app itself, the others run beside it. Values of a message
that are not text have their type in front: `b:` bytes, `a:` bytearray, `m:` memoryview, `s:` str, `o:` an object.
"""

import asyncio
import base64
import json
import logging

# Warnings about apps that do not end their responses: here they do so all the time.
logging.getLogger().addHandler(logging.NullHandler())

logs = {}
tasks = {}


def value_of(value):
    if isinstance(value, str):
        kind, _, text = value.partition(":")
        return KINDS[kind](text)
    if isinstance(value, list):
        return [value_of(item) for item in value]
    return value


KINDS = {
    "b": lambda text: text.encode("latin-1"),
    "a": lambda text: bytearray(text.encode("latin-1")),
    "m": lambda text: memoryview(text.encode("latin-1")),
    "s": str,
    "o": lambda text: object(),
    "t": lambda text: tuple(value_of(item) for item in json.loads(text)),
    "g": lambda text: (value_of(item) for item in json.loads(text)),
}


def message_of(spec):
    if not isinstance(spec, dict):
        return value_of(spec)
    return {key: value_of(value) for key, value in spec.items()}


def named(error):
    return "OSError" if isinstance(error, OSError) else type(error).__name__


async def perform(steps, log, receive, send):
    for step in steps:
        what, argument = step[0], step[1]
        if what in ("send", "drop", "shield"):
            message = message_of(step[2])
            entry = ["send", argument, "unknown" if what == "drop" else None]
            log.append(entry)
            sending = send(message)
            if what == "drop":
                continue
            try:
                await (asyncio.wait_for(asyncio.ensure_future(sending), 5) if what == "shield" else sending)
                entry[2] = "ok"
            except Exception as error:
                entry[2] = named(error)
        elif what == "receive":
            try:
                await asyncio.wait_for(receive(), 0.001)
            except asyncio.TimeoutError:
                log.append(["received nothing", None, None])
        elif what == "turns":
            for _ in range(argument):
                await asyncio.sleep(0)
        elif what == "nap":
            await asyncio.sleep(argument / 1000)
        elif what == "raise":
            raise ValueError("by plan")
        elif what == "return":
            return


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    plan = json.loads(base64.urlsafe_b64decode(scope["query_string"]))
    if scope["path"] == "/report":
        return await report(plan["id"], send)
    log = logs.setdefault(plan["id"], [])
    ended = asyncio.get_running_loop().create_future()
    try:
        await follow(plan, log, ended, scope, receive, send)
    finally:
        ended.set_result(None)


async def follow(plan, log, ended, scope, receive, send):
    beside = [asyncio.ensure_future(perform(steps, log, receive, send)) for steps in plan["tasks"][1:]]
    tasks[plan["id"]] = [ended, *beside]
    if scope["type"] == "websocket":
        await receive()
    try:
        await perform(plan["tasks"][0], log, receive, send)
        if plan["waits"]:
            await asyncio.gather(*beside, return_exceptions=True)
    except ValueError:
        log.append(["raised", None, None])
        raise
    except asyncio.CancelledError:
        log.append(["cancelled", None, None])
        raise
    log.append(["returned", None, None])


async def report(number, send):
    await asyncio.gather(*tasks.pop(number, ()), return_exceptions=True)
    body = json.dumps(logs.pop(number, None)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

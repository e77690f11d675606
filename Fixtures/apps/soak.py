# Proves that no object is left: an app with every kind of waiting, and a report of live objects.
import asyncio
import gc
import json

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
CHUNK = b"x" * 1024
# Calls that have not ended, each by an object of its own: counting is not atomic without a GIL.
alive = set()
seen = set()


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    call = object()
    alive.add(call)
    try:
        await globals()[scope["path"].strip("/")](receive, send)
    finally:
        alive.discard(call)


async def hello(receive, send):
    await send(START)
    await send({"type": "http.response.body", "body": b"Hello, World!"})


async def sleep(receive, send):
    await asyncio.sleep(0)
    await hello(receive, send)


async def echo(receive, send):
    await send(START)
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        await send({"type": "http.response.body", "body": event["body"], "more_body": event["more_body"]})
        if not event["more_body"]:
            return


async def stream(receive, send):
    await send(START)
    for _ in range(8):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body"})


async def wait(receive, send):
    """Answers only a client that has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def flood(receive, send):
    """Sends until the client has left: the error of send() ends it."""
    await send(START)
    while True:
        await send({"type": "http.response.body", "body": CHUNK * 64, "more_body": True})


async def watched(receive, send):
    """Answers while another task waits for the client to leave."""
    watcher = asyncio.ensure_future(wait(receive, send))
    await hello(receive, send)
    await watcher


async def fails(receive, send):
    await send(START)
    raise RuntimeError("on purpose")


async def report(receive, send):
    gc.collect()
    kinds = {}
    for thing in gc.get_objects():
        name = type(thing).__name__
        if name in ("Task", "Future", "coroutine", "builtin_function_or_method", "Context"):
            kinds[name] = kinds.get(name, 0) + 1
    body = json.dumps({"tasks": len(asyncio.all_tasks()) - 1, "alive": len(alive) - 1, "kinds": kinds}).encode()
    await send(START)
    await send({"type": "http.response.body", "body": body})

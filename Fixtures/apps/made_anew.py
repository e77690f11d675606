"""Makes an application for each handler, and knows which of them are still there."""

import asyncio
import gc
import json
import weakref

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
CHUNK = b"x" * 65536
made = weakref.WeakSet()
counts = {"made": 0, "started": 0, "stopped": 0, "given up": 0, "sockets": 0}


class Application:
    """Holds enough for its memory to be missed when it stays."""

    def __init__(self):
        self.weight = bytes(bytearray(b"application" * 8192))
        made.add(self)
        counts["made"] += 1

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            await getattr(self, scope["path"].strip("/"))(scope, receive, send)
        else:
            await getattr(self, scope["type"])(scope, receive, send)

    async def lifespan(self, scope, receive, send):
        scope["state"]["application"] = self
        await receive()
        counts["started"] += 1
        await send({"type": "lifespan.startup.complete"})
        await receive()
        counts["stopped"] += 1
        await send({"type": "lifespan.shutdown.complete"})

    async def hello(self, scope, receive, send):
        known = scope.get("state", {}).get("application", self)
        await send(START)
        await send({"type": "http.response.body", "body": b"hello" if known is self else b"another's state"})

    async def sleep(self, scope, receive, send):
        await asyncio.sleep(0)
        await self.hello(scope, receive, send)

    async def flood(self, scope, receive, send):
        """Sends until the client has left."""
        await send(START)
        try:
            while True:
                await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        except OSError:
            counts["given up"] += 1

    async def websocket(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"].upper()})
        counts["sockets"] += 1


def make():
    return Application()


async def report(scope, receive, send):
    """Reports which of the applications are still alive."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    gc.collect()
    kinds = {}
    for thing in gc.get_objects():
        name = type(thing).__name__
        kinds[name] = kinds.get(name, 0) + 1
    alive = {"applications": len(made), "tasks": len(asyncio.all_tasks()) - 1}
    body = json.dumps({"counts": counts, "alive": alive, "kinds": kinds})
    await send(START)
    await send({"type": "http.response.body", "body": body.encode()})

"""An application of ASGI 2, as its specification writes one: called with the scope, and then with receive and send."""

import asyncio
import json

from journal import digest, note, noted


class Application:
    """Chooses by the type of the scope."""

    def __new__(cls, scope):
        return {"http": Page, "websocket": Echo, "lifespan": Lifespan}[scope["type"]](scope)


class Lifespan:
    started = []

    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                note("startup")
                self.started.append("yes")
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.sleep(0)
                note("shutdown")
                await send({"type": "lifespan.shutdown.complete"})
                return


class Page:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        path = self.scope["path"]
        if path == "/fail":
            raise ValueError("not today")
        if path == "/stream":
            await self.stream(send)
        elif path == "/started":
            await self.answer(send, Lifespan.started)
        elif path.startswith("/noted/"):
            await self.answer(send, await noted(path[len("/noted/") :]))
        else:
            await self.answer(send, await self.described(receive))
        if path == "/background":
            await asyncio.sleep(0)
            note("background")

    async def described(self, receive):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        shown = ("http_version", "method", "path", "root_path", "scheme")
        return {
            **{name: self.scope[name] for name in shown},
            "query": self.scope["query_string"].decode("latin-1"),
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self.scope["headers"]],
            "body": digest(body),
        }

    async def answer(self, send, content):
        body = json.dumps(content).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"set-cookie", b"first=1"),
            (b"set-cookie", b"second=2; Path=/"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def stream(self, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body"})


class Echo:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        await receive()
        if self.scope["path"] != "/ws":
            await send({"type": "websocket.close"})
            return
        offered = self.scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": offered[0] if offered else None})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "close":
                await send({"type": "websocket.close", "code": 4001})
                return
            await send({**message, "type": "websocket.send"})

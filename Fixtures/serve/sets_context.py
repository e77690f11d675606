"""Sets a context variable while it is imported and another one in its lifespan, and answers with what a request sees of them."""

import contextvars
import json

imported = contextvars.ContextVar("imported", default=None)
started = contextvars.ContextVar("started", default=None)
imported.set("at import")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        started.set("at start")
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = json.dumps([imported.get(), started.get()]).encode()
    imported.set("by a request")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

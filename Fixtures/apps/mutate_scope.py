"""A19: changes everything in its scope; GET /dump answers with its unchanged scope."""

import json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["shared"] = []
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] != "/dump":
        scope["asgi"]["version"] = "9"
        scope["extensions"]["mine"] = {}
        scope["state"]["private"] = 1
        scope["headers"].append((b"x-mine", b"1"))
        scope["path"] = "/elsewhere"
        scope["mine"] = 1
    body = json.dumps(
        {
            "keys": sorted(scope),
            "asgi": scope["asgi"],
            "extensions": sorted(scope["extensions"]),
            "state": scope["state"],
            "path": scope["path"],
            "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        }
    ).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

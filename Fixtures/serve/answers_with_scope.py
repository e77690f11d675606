"""Says what its scope says: as JSON to a request, and as the first message of a WebSocket. /refuse refuses one, and /deny does so
with a response.
"""

import json

KEYS = ("type", "client", "server", "scheme", "path", "root_path", "http_version", "method")


def described(scope):
    facts = {key: scope.get(key) for key in KEYS}
    facts["headers"] = [[name.decode("latin1"), value.decode("latin1")] for name, value in scope["headers"]]
    return json.dumps(facts)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    if scope["type"] == "websocket":
        await receive()
        if scope["path"] == "/refuse":
            await send({"type": "websocket.close"})
            return
        if scope["path"] == "/deny":
            await send({"type": "websocket.http.response.start", "status": 418, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b"no"})
            return
        headers = [(b"server", b"the-app")] if scope["path"] == "/server" else []
        await send({"type": "websocket.accept", "headers": headers})
        await send({"type": "websocket.send", "text": described(scope)})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    headers = [(b"content-type", b"application/json")]
    if scope["path"] == "/server":
        headers.append((b"server", b"the-app"))
    status = int(scope["path"][8:]) if scope["path"].startswith("/status/") else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": described(scope).encode()})

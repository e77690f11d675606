"""Answers with the `tls` extension of its scope as JSON; a WebSocket gets it as its first message."""

import json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    body = json.dumps(scope["extensions"]["tls"])
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": body})
        await receive()
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})

"""E1-E13, I1: accepts and sends its scope, with the types of its values, as one text message."""

import json

from ws_tools import plain


def _types(value):
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_types(item) for item in value]
    return type(value).__name__


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["started"] = True
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    text = json.dumps({"scope": plain(scope), "types": _types(scope), "kind": type(scope).__name__})
    await send({"type": "websocket.send", "text": text})
    await send({"type": "websocket.close"})

"""10,000 requests wait at once: each answers after a second, or after /<seconds>."""

import asyncio


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await asyncio.sleep(float(scope["path"].strip("/") or 1))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"awake"})

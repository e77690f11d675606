# Proves that an exception of the lifespan's own, between startup and shutdown, is reported.
import asyncio

broken = asyncio.Event()


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await broken.wait()
        raise OSError("the pool is gone")
    broken.set()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"served"})

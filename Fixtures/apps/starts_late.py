"""A startup that waits for a timer and for a thread; requests answer with the state that it has left."""

import asyncio
import time


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await asyncio.sleep(0.005)
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.005)
        scope["state"]["text"] = "started"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.sleep(0.005)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["state"]["text"].encode()})

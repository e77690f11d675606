"""Prints its lifespan's shutdown and the call of its atexit function, for processes that end.

/work     answers after a moment
/stream   sends chunks without an end
/wait     never answers
"""

import asyncio
import atexit


@atexit.register
def _at_exit():
    print("atexit", flush=True)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("shutdown", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/wait":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    if scope["path"] == "/work":
        await asyncio.sleep(0.001)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        while True:
            await send({"type": "http.response.body", "body": bytes(1000), "more_body": True})
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"worked"})

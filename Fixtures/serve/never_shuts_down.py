"""Never ends its shutdown."""

import asyncio
import os


def say(text):
    # In one piece: the server writes to the same place.
    os.write(1, f"{text}\n".encode())


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        say("shutdown begins")
        await asyncio.sleep(3600)

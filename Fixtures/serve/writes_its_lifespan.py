"""Writes the events of its lifespan to the file that LIFESPAN_FILE names; answers everything."""

import os


def write(event):
    with open(os.environ["LIFESPAN_FILE"], "a") as file:
        file.write(f"{event}\n")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        write("startup")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        write("shutdown")
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})

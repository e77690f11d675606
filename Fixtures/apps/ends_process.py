"""A15: does what would end a process or its event loop: /<when>/<what>, and answers everything else."""

import asyncio
import sys


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    when, _, what = scope["path"].strip("/").partition("/")
    if when == "later":
        await asyncio.sleep(0)
    if what == "exit":
        sys.exit(3)
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "stop":
        asyncio.get_running_loop().stop()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"going on"})

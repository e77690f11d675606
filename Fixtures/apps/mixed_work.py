"""Requests that are quick, beside ones that are not.

/quick   answers at once
/slow    awaits for 100 ms
/busy    computes for 100 µs
"""

import asyncio
import time

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
END = {"type": "http.response.body", "body": b"done"}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = scope["path"]
    if path == "/slow":
        await asyncio.sleep(0.1)
    elif path == "/busy":
        end = time.perf_counter() + 0.0001
        while time.perf_counter() < end:
            pass
    await send(START)
    await send(END)

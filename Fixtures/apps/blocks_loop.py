"""Blocks the event loop until the other side has heard of it, as an application that computes too long does.

/block?<file>   until the file is there
/busy           for a millisecond
"""

import os
import sys
import time

if not getattr(sys, "_is_gil_enabled", lambda: True)():
    # Reading the frames of a running thread crashes Python now and then, so here it always fails.
    del sys._current_frames


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    await receive()
    if scope["path"].startswith("/block"):
        keep_everybody_waiting(scope["query_string"].decode())
    elif scope["path"] == "/busy":
        time.sleep(0.001)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def keep_everybody_waiting(path):
    deadline = time.monotonic() + 30
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)

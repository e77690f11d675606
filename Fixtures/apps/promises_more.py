"""Sends itself as a file, and says before that it is longer than it is."""

import os


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    length = os.path.getsize(__file__) + 1
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % length)]})
    await send({"type": "http.response.pathsend", "path": __file__})

"""Answers with the descriptors that a child inherits if it is started without closing any: `ls -l` of /proc/self/fd."""

import subprocess

from tells_its_process import stay_connected


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    if scope["type"] == "websocket":
        return await stay_connected(receive, send)
    if scope["path"] == "/open":
        # It stays unanswered, with its file being sent.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": scope["query_string"].decode()})
        return
    listing = subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False, stdout=subprocess.PIPE, check=True).stdout
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": listing})

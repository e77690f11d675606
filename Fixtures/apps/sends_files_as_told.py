"""Sends files as the query says: a list of [kind, ...] in JSON, each sent after the one before.

["start", headers]                  the start of the response, with [name, value] pairs
["path", path]                      http.response.pathsend
["part", path, offset, count]       http.response.zerocopysend; null to leave a value out
["body", text]                      a piece of the body
["end"]                             the end of the body
["remove", path]                    removes a file

/go sends nothing.
"""

import json
import os
from urllib.parse import unquote


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    steps = [["start", []], ["end"]]
    if scope["path"] != "/go":
        steps = json.loads(unquote(scope["query_string"].decode()))
    for step in steps:
        await act(step, send)


async def act(step, send):
    kind, *values = step
    if kind == "start":
        headers = [[name.encode(), value.encode()] for name, value in values[0]]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
    elif kind == "path":
        await send({"type": "http.response.pathsend", "path": values[0]})
    elif kind == "part":
        path, offset, count = values
        more = {name: value for name, value in (("offset", offset), ("count", count)) if value is not None}
        with open(path, "rb") as file:
            await send({"type": "http.response.zerocopysend", "file": file, "more_body": True, **more})
    elif kind == "body":
        await send({"type": "http.response.body", "body": values[0].encode(), "more_body": True})
    elif kind == "end":
        await send({"type": "http.response.body"})
    elif kind == "remove":
        os.unlink(values[0])

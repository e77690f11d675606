"""Answers with the headers, and trailers, that the query has as JSON: {"headers": [[name, value], …], "trailers": …}."""

import json
from urllib.parse import unquote


def _pairs(given):
    return [(name.encode("latin1"), value.encode("latin1")) for name, value in given]


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    given = json.loads(unquote(scope["query_string"].decode()))
    trailers = _pairs(given.get("trailers", []))
    start = {"type": "http.response.start", "status": 200, "headers": _pairs(given["headers"])}
    if trailers:
        start["trailers"] = True
    await send(start)
    await send({"type": "http.response.body", "body": b"ok"})
    if trailers:
        await send({"type": "http.response.trailers", "headers": trailers})

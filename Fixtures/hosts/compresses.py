"""Answers every request with gzip, in two pieces."""

import gzip


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = gzip.compress(b"compressed " * 1000)
    headers = [(b"content-encoding", b"gzip"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[:20], "more_body": True})
    await send({"type": "http.response.body", "body": body[20:]})

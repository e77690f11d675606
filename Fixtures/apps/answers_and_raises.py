"""A15: answers 500 itself and raises ValueError("<how>") again, for the server to log, as frameworks do.

/plain      the answer of frameworks that were told nothing: "Internal Server Error"
/own        an answer of the app's own
/logs       a plain one, and something is logged before it raises again
/waits      a plain one, and the event loop has a turn before it raises again
/pieces     one in two pieces, with a turn of the event loop between them
/quiet      a plain one, and it does not raise
"""

import asyncio
import logging

PLAIN = (b"text/plain; charset=utf-8", b"Internal Server Error")
OWN = (b"application/json", b'{"error": "own"}')


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    how = scope["path"].rsplit("/", 1)[-1]
    kind, body = OWN if how == "own" else PLAIN
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    if how == "pieces":
        await send({"type": "http.response.body", "body": body[:5], "more_body": True})
        await asyncio.sleep(0.01)
        body = body[5:]
    await send({"type": "http.response.body", "body": body})
    if how == "logs":
        logging.getLogger("shop").warning("it has failed")
    if how == "waits":
        await asyncio.sleep(0.01)
    if how != "quiet":
        raise ValueError(how)

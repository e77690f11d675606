"""Answers as applications do: the length, the etag, the cookie and the request's id differ from one response to the next."""

from itertools import count

numbers = count()


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(f"this app speaks http only, not {scope['type']}")
    number = next(numbers)
    body = b"answer %d" % number
    request_id = b""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            request_id = value
            break
    await send({
        "type": "http.response.start",
        "status": 200,
        "headers": [
            (b"content-type", b"text/plain"),
            (b"content-length", b"%d" % len(body)),
            (b"etag", b'"%x"' % number),
            (b"set-cookie", b"session=%d; Path=/; HttpOnly" % number),
            (b"x-request-id", request_id),
        ],
    })
    await send({"type": "http.response.body", "body": body})

"""C13: answers without reading the request's body."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"early"})

"""The smallest complete answer: what a request costs when the app does next to nothing."""

BODY = b"Hello, World!"
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")],
}
END = {"type": "http.response.body", "body": BODY}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(f"this app speaks http only, not {scope['type']}")
    await send(START)
    await send(END)

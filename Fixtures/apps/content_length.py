"""D24: declares a length of 5 bytes and sends another one.

/exact, /exact-pieces, /longer, /longer-pieces, /shorter, /shorter-pieces
/caught   tries to send too much, then sends the right body with the exception's name
"""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    kind, _, pieces = scope["path"].strip("/").partition("-")
    body = {"exact": b"12345", "longer": b"1234567", "shorter": b"123", "caught": b"1234567"}[kind]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    if pieces:
        await send({"type": "http.response.body", "body": body[:2], "more_body": True})
        body = body[2:]
    try:
        await send({"type": "http.response.body", "body": body})
    except RuntimeError:
        if kind != "caught":
            raise
        await send({"type": "http.response.body", "body": b"right"})

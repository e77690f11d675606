"""D6-D9: sends headers in a given order, twice, with octets above 0x7f, and those that belong to a connection."""

HEADERS = [
    (b"x-first", b"1"),
    (b"set-cookie", b"a=1"),
    (b"x-octets", b"caf\xe9"),
    (b"set-cookie", b"b=2"),
    (b"X-Upper", b"yes"),
    (b"transfer-encoding", b"gzip"),
    (b"keep-alive", b"timeout=99"),
    (b"x-last", b"1"),
]


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    headers = list(HEADERS)
    if scope["path"].endswith("/close"):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})

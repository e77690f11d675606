"""A15: raises with variables whose text is markup, very long, or fails. /plain answers 500 and raises again."""


class Broken:
    def __repr__(self):
        raise RuntimeError("no text")


def price_of(note):
    markup = f"<img src=x onerror=alert({note!r})>"
    endless = "x" * 100_000
    broken = Broken()
    many = list(range(1000))
    raise LookupError(f"no price for {markup}", len(endless), bool(broken), len(many))


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    try:
        price_of("it's \"quoted\" & more")
    except LookupError:
        if scope["path"] == "/plain":
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")]
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": b"Internal Server Error"})
        raise

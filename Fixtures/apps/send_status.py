"""D3, D25, D26: answers /<status> with that status and a body for any method; /<status>/stream in two pieces."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    parts = scope["path"].strip("/").split("/")
    await send({"type": "http.response.start", "status": int(parts[0]), "headers": [(b"x-kept", b"yes")]})
    if parts[1:] == ["stream"]:
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
    await send({"type": "http.response.body", "body": b"body"})

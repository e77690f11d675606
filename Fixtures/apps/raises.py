"""D19-D23: fails before its response starts, after it has started, or never answers."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = scope["path"].rsplit("/", 1)[-1]
    if path == "before":
        raise ValueError("not today")
    if path == "silent":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    if path == "after":
        raise ValueError("too late")
    # 'short': returns in the middle of the body.

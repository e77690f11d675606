"""Redirects, with two cookies; /landed answers with the method and the body that came.

/<status>   sends that status with the location /landed
"""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = b""
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    if scope["path"].endswith("/landed"):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["method"].encode() + b" " + body})
        return
    status = int(scope["path"].rsplit("/", 1)[-1])
    headers = [(b"location", b"/landed"), (b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2; Path=/")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"moved"})

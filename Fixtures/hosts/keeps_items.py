"""Keeps items: POST adds its body, as text, to those of its path; any other method answers with them, as JSON."""

import json

_items = {}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    items = _items.setdefault(scope["path"], [])
    status = 200
    if scope["method"] == "POST":
        body = b""
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        items.append(body.decode())
        status = 201
    answer = {"by": "Python", "method": scope["method"], "path": scope["path"], "root_path": scope["root_path"]}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({**answer, "items": items}).encode()})

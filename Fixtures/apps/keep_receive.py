"""C7, D16: keeps receive() and send() when its request has ended; /again answers with what they still do."""

import json

kept = []


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    answer = []
    if scope["path"] == "/again":
        for old_receive, old_send in kept:
            answer.append(await old_receive())
            answer.append(await old_send({"type": "http.response.body", "body": b"too late"}))
    else:
        kept.append((receive, send))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

"""Answers with the number of octets of a body or a message, and with those that are in it."""


def summary(data):
    return b"%d %s" % (len(data), bytes(sorted(set(data))))


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        event = await receive()
        await send({"type": "websocket.send", "bytes": summary(event["bytes"])})
        return
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    pieces, more = [], True
    while more:
        event = await receive()
        pieces.append(event.get("body", b""))
        more = event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": summary(b"".join(pieces))})

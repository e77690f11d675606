"""C8-C11, D32: notices that its client has left; GET /seen/<id> answers once the one of that id has.

/ping/         answers at once
/wait/<id>     answers nothing and waits for the client to leave
/stream/<id>   sends a first chunk and waits for the client to leave
/upload/<id>   sends a first chunk and reads the body to its end, or until the client leaves
"""

from any_loop import Futures

_seen = Futures()


async def _answer(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    if kind == "seen":
        await _answer(send, (await _seen.get(key)).encode())
        return
    if kind == "ping":
        await _answer(send, b"")
        return
    if kind != "wait":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            break
        if kind == "upload" and not event["more_body"]:
            _seen.set(key, "end of body")
            await send({"type": "http.response.body"})
            return
    _seen.set(key, "http.disconnect")

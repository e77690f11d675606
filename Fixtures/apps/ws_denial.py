"""I2-I4: denies the handshake with an HTTP response; see ws_tools for /seen/<id> and /go/<id>.

/whole/<id>     401 with headers and a body in three parts, the last after a gate
/mixed/<id>     starts a denial, then notes what other messages raise, and completes it
/empty/<id>     a denial without a body message, and returns
/status/<id>    notes what statuses that cannot be raise, then denies with 404
/crash/<id>     starts a denial and raises
"""

from ws_tools import note, refusal, serve, wait_at_gate

START = "websocket.http.response.start"
BODY = "websocket.http.response.body"


async def _whole(key, receive, send):
    await receive()
    headers = [(b"www-authenticate", b"Basic"), (b"x-b", b"1"), (b"x-a", b"caf\xe9"), (b"x-b", b"2")]
    await send({"type": START, "status": 401, "headers": headers})
    await send({"type": BODY, "body": b"who ", "more_body": True})
    await send({"type": BODY, "body": b"are ", "more_body": True})
    await wait_at_gate(key)
    await send({"type": BODY, "body": b"you?"})
    note(key, await receive())


async def _mixed(key, receive, send):
    await receive()
    await send({"type": START, "status": 403, "headers": []})
    results = []
    for kind in ("accept", "send", "close"):
        results.append(await refusal(send({"type": f"websocket.{kind}", "text": "x"})))
    results.append(await refusal(send({"type": START, "status": 404, "headers": []})))
    await send({"type": BODY, "body": b"denied"})
    results.append(await refusal(send({"type": "websocket.accept"})))
    note(key, results)


async def _empty(key, receive, send):
    await receive()
    await send({"type": START, "status": 401, "headers": []})


async def _status(key, receive, send):
    await receive()
    results = [await refusal(send({"type": START, "status": status})) for status in (99, 1000, "401", None)]
    results.append(await refusal(send({"type": BODY, "body": b"x"})))
    note(key, results)
    await send({"type": START, "status": 404})
    await send({"type": BODY})


async def _crash(key, receive, send):
    await receive()
    await send({"type": START, "status": 401, "headers": []})
    await send({"type": BODY, "body": b"first", "more_body": True})
    raise LookupError("raised in a denial")


async def app(scope, receive, send):
    kinds = {"whole": _whole, "mixed": _mixed, "empty": _empty, "status": _status, "crash": _crash}
    await serve(scope, receive, send, kinds)

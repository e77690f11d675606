"""G1-G18: accepts, sends and closes in all ways; see ws_tools for /seen/<id>.

/accept/<kind>    accepts with a subprotocol, with headers, or with one that is not allowed
/keys/<id>        sends text and bytes with both keys, and notes the exceptions
/close/<kind>     closes: before accept, or after it with or without code and reason
/codes/<id>       tries invalid close codes, and notes the exceptions
/order/<id>       sends before accept and accepts twice, and notes the exceptions
/late/<id>        sends and closes after its own close, and notes the exceptions
/gone/<id>        sends until the client has disconnected, and notes the exceptions
/raise/<when>     raises before or after accept
/return/<when>    returns before or after accept
/flood/<size>     sends messages of that size until 64 MiB were sent; /sent/<size> answers with their number so far
"""

from ws_tools import note, refusal, serve

FLOOD = 64 * 1024 * 1024

_sent = {}


async def _accept(receive, send, **more):
    await receive()
    await send({"type": "websocket.accept", **more})


async def _accepted(kind, receive, send):
    if kind == "subprotocol":
        await _accept(receive, send, subprotocol="chat.v2")
    elif kind == "headers":
        headers = [(b"x-b", b"1"), (b"x-a", b"caf\xe9"), (b"x-b", b"2"), (b"connection", b"close"), (b"upgrade", b"x")]
        await _accept(receive, send, headers=headers)
    else:
        await receive()
        message = {"type": "websocket.accept", "headers": [(b"Sec-WebSocket-Protocol", b"chat")]}
        note(kind, await refusal(send(message)))
        await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


async def _keys(key, receive, send):
    await _accept(receive, send)
    results = []
    for text, data in [("a", None), (None, b"b"), (None, None), ("a", b"b")]:
        results.append(await refusal(send({"type": "websocket.send", "text": text, "bytes": data})))
    results.append(await refusal(send({"type": "websocket.send"})))
    results.append(await refusal(send({"type": "websocket.send", "text": b"a"})))
    results.append(await refusal(send({"type": "websocket.send", "bytes": "b"})))
    note(key, results)


async def _close(kind, receive, send):
    if kind == "early":
        await receive()
        await send({"type": "websocket.close", "code": 4001})
        return
    await _accept(receive, send)
    if kind == "long":
        note(kind, await refusal(send({"type": "websocket.close", "reason": "\u00fc" * 62})))
        return
    messages = {"none": {}, "code": {"code": 4000}, "reason": {"code": 4000, "reason": "genug für heute"}}
    await send({"type": "websocket.close", **messages[kind]})


async def _codes(key, receive, send):
    await _accept(receive, send)
    results = {}
    for code in (1005, 1006, 999, 1004, 1015, 5000, 0, -1, "1000", 1000.5):
        results[str(code)] = await refusal(send({"type": "websocket.close", "code": code}))
    note(key, results)
    await send({"type": "websocket.close", "code": 3000})


async def _order(key, receive, send):
    await receive()
    results = [await refusal(send({"type": "websocket.send", "text": "too early"}))]
    await send({"type": "websocket.accept"})
    results.append(await refusal(send({"type": "websocket.accept"})))
    results.append(await refusal(send({"type": "websocket.wrong"})))
    results.append(await refusal(send({"type": "http.response.start", "status": 200})))
    note(key, results)
    await send({"type": "websocket.send", "text": "in time"})


async def _late(key, receive, send):
    await _accept(receive, send)
    await send({"type": "websocket.close", "code": 4000})
    results = [await refusal(send({"type": "websocket.send", "text": "late"}))]
    results.append(await refusal(send({"type": "websocket.close"})))
    note(key, results)


async def _gone(key, receive, send):
    await _accept(receive, send)
    await receive()
    results = [await refusal(send({"type": "websocket.send", "text": "late"}))]
    results.append(await refusal(send({"type": "websocket.close"})))
    note(key, results)
    # What send() raised may leave the app and is no failure.
    await send({"type": "websocket.send", "text": "late"})


async def _raise(when, receive, send):
    await receive()
    if when == "after":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "first"})
    raise LookupError(f"raised {when} accept")


async def _return(when, receive, send):
    if when == "after":
        await _accept(receive, send)
        await send({"type": "websocket.send", "text": "first"})


async def _flood(size, receive, send):
    await _accept(receive, send)
    data = b"x" * int(size)
    _sent[size] = 0
    while _sent[size] * max(1, len(data)) < FLOOD:
        await send({"type": "websocket.send", "bytes": data})
        _sent[size] += 1


async def app(scope, receive, send):
    kinds = {"accept": _accepted, "keys": _keys, "close": _close, "codes": _codes, "order": _order, "late": _late}
    kinds.update(gone=_gone, flood=_flood, sent=lambda size: _sent.get(size, 0))
    kinds.update({"raise": _raise, "return": _return})
    await serve(scope, receive, send, kinds)

"""Applications that send more than their client reads, and hear of its end: see ws_tools for /seen/<id>.

/then/<id>    sends until send() raises, and receives what has come then
/later/<id>   does so once the gate is open (/go/<id>)
/sent/<id>    answers with the number of messages that were sent so far

Each notes what send() raised, how many messages it received, and the end: `{ raised, messages, code, reason }`.
"""

from ws_tools import note, refusal, serve, wait_at_gate

_sent = {}


async def _send_on(key, send):
    while True:
        raised = await refusal(send({"type": "websocket.send", "bytes": b"x" * 65536}))
        if raised is not None:
            return raised
        _sent[key] = _sent.get(key, 0) + 1


async def _receive_all(receive):
    messages = 0
    while (event := await receive())["type"] != "websocket.disconnect":
        messages += 1
    return {"messages": messages, "code": event["code"], "reason": event["reason"]}


async def _accept(receive, send):
    await receive()
    await send({"type": "websocket.accept"})


async def _then(key, receive, send):
    await _accept(receive, send)
    raised = await _send_on(key, send)
    note(key, {"raised": raised, **await _receive_all(receive)})


async def _later(key, receive, send):
    await _accept(receive, send)
    await wait_at_gate(key)
    raised = await _send_on(key, send)
    note(key, {"raised": raised, **await _receive_all(receive)})


async def app(scope, receive, send):
    kinds = {"then": _then, "later": _later, "sent": lambda key: _sent.get(key, 0)}
    await serve(scope, receive, send, kinds)

"""F1-F19: notes what it receives; see ws_tools for /seen/<id> and /go/<id>.

/events/<id>   accepts, receives until the disconnect and notes all events
/gate/<id>     waits at its gate before it accepts, then as /events; when the client leaves first, notes that
/close/<id>    accepts, closes with 4000 and notes what receive() gives three times
/after/<id>    accepts and notes what receive() gives three times
/flood/<id>    accepts, waits at its gate, then notes how many messages and bytes it receives
/turn/<id>     answers at once
"""

import asyncio

from ws_tools import note, serve, wait_at_gate


async def _accept(receive, send):
    event = await receive()
    await send({"type": "websocket.accept"})
    return event


async def _until_disconnect(receive, events):
    while events[-1]["type"] != "websocket.disconnect":
        events.append(await receive())
    return events


async def _events(key, receive, send):
    note(key, await _until_disconnect(receive, [await _accept(receive, send)]))


async def _gated(key, receive, send):
    events = [await receive()]
    opening = asyncio.ensure_future(wait_at_gate(key))
    receiving = asyncio.ensure_future(receive())
    await asyncio.wait([opening, receiving], return_when=asyncio.FIRST_COMPLETED)
    early = receiving.done()
    if not early:
        await send({"type": "websocket.accept"})
    opening.cancel()
    events.append(await receiving)
    await _until_disconnect(receive, events)
    note(key, {"early": early, "events": events})


async def _close(key, receive, send):
    await _accept(receive, send)
    await send({"type": "websocket.close", "code": 4000})
    note(key, [await receive() for _ in range(3)])


async def _after(key, receive, send):
    await _accept(receive, send)
    note(key, [await receive() for _ in range(3)])


async def _flood(key, receive, send):
    await _accept(receive, send)
    await wait_at_gate(key)
    messages = size = 0
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            break
        messages += 1
        size += len(event.get("text") or event.get("bytes") or b"")
    note(key, {"messages": messages, "bytes": size})


async def app(scope, receive, send):
    kinds = {"events": _events, "gate": _gated, "close": _close, "after": _after, "flood": _flood}
    kinds["turn"] = lambda key: True
    await serve(scope, receive, send, kinds)

"""C6, C7, C10, D2, D27, D29: goes on when another request says so.

/hold/<id>         sends its start, waits; sends 'first', waits; sends 'second'
/listen/<id>       reads its body, sends 'first' and waits in receive() until another request completes its response
/left/<id>         reads its body, sends 'first' and notes what receive() gives three times when the client has left
/background/<id>   completes its response, then waits, then notes its end
/crash/<id>        completes its response, then waits, then raises
/go/<id>           lets it go one step on; answers once it waits for it
/seen/<id>         answers with what the request of that id has noted at its end, as JSON
"""

import asyncio
import json

from any_loop import Futures, Gate

_gates = {}
_notes = Futures()


def _gate(key):
    return _gates.setdefault(key, Gate())


async def _start(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def _body(send, body, more=False):
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _hold(gate, key, receive, send):
    await _start(send)
    await gate.wait()
    await _body(send, b"first", more=True)
    await gate.wait()
    await _body(send, b"second")


async def _listen(gate, key, receive, send):
    while (await receive())["more_body"]:
        pass
    await _start(send)
    await _body(send, b"first", more=True)
    listening = asyncio.ensure_future(receive())
    await gate.wait()
    waited = not listening.done()
    await _body(send, b"second")
    event = await listening
    after = [await receive() for _ in range(3)]
    _notes.set(key, {"waited": waited, "event": event, "after": after})


async def _left(gate, key, receive, send):
    while (await receive())["more_body"]:
        pass
    await _start(send)
    await _body(send, b"first", more=True)
    _notes.set(key, [await receive() for _ in range(3)])


async def _background(gate, key, receive, send):
    await _start(send)
    await _body(send, b"complete")
    await gate.wait()
    await asyncio.sleep(0)
    _notes.set(key, "done")


async def _crash(gate, key, receive, send):
    await _start(send)
    await _body(send, b"complete")
    await gate.wait()
    _notes.set(key, "raising")
    raise LookupError(f"background work of {key} failed")


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    if kind in ("go", "seen"):
        answer = await (_gate(key).open() if kind == "go" else _notes.get(key))
        await _start(send)
        await _body(send, json.dumps(answer).encode())
        return
    kinds = (_hold, _listen, _left, _background, _crash)
    await {each.__name__[1:]: each for each in kinds}[kind](_gate(key), key, receive, send)

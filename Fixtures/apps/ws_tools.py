"""What the WebSocket apps share: notes that a test reads, and gates that it opens, over HTTP.

/seen/<id>   answers with the note of that id, as JSON, once it is there
/go/<id>     opens the gate of that id; answers once somebody waits at it
"""

import asyncio
import json

_notes = {}
_gates = {}


def plain(value):
    """A value for JSON: bytes become {"bytes": text in latin-1}."""
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _future(key):
    if key not in _notes:
        _notes[key] = asyncio.get_running_loop().create_future()
    return _notes[key]


def note(key, value):
    """Writes down what a test asks for."""
    if not _future(key).done():
        _future(key).set_result(value)


class _Gate:
    def __init__(self):
        self.reached = asyncio.Semaphore(0)
        self.opened = asyncio.Semaphore(0)


def _gate(key):
    if key not in _gates:
        _gates[key] = _Gate()
    return _gates[key]


async def wait_at_gate(key):
    gate = _gate(key)
    gate.reached.release()
    await gate.opened.acquire()


async def refusal(awaitable):
    """What an await raised: its type and its text, and whether it is an OSError; None when it raised nothing."""
    try:
        await awaitable
        return None
    except Exception as error:
        return {"type": type(error).__name__, "text": str(error), "is_oserror": isinstance(error, OSError)}


async def answer(send, value):
    """A response of JSON."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(plain(value)).encode()})


async def serve(scope, receive, send, kinds):
    """Runs what `kinds` has for the first part of a WebSocket's path, with the second; answers HTTP."""
    if scope["type"] not in ("http", "websocket"):
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    if scope["type"] == "websocket":
        await kinds[kind](key, receive, send)
    elif kind == "seen":
        value = await _future(key)
        # The next test may use the same id.
        del _notes[key]
        await answer(send, value)
    elif kind == "go":
        gate = _gate(key)
        await gate.reached.acquire()
        del _gates[key]
        gate.opened.release()
        await answer(send, True)
    else:
        await answer(send, kinds[kind](key))

"""Shared by the WebSocket apps: notes that a test reads, and gates that it opens, over HTTP.

/seen/<id>   answers with the note of that id, as JSON, once it is there
/go/<id>     opens the gate of that id; answers once a socket waits at it
"""

import json

from any_loop import Futures, Gate

_notes = Futures()
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


def note(key, value):
    """Writes down what a test asks for."""
    _notes.set(key, value)


def _gate(key):
    return _gates.setdefault(key, Gate())


async def wait_at_gate(key):
    await _gate(key).wait()


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
        await answer(send, await _notes.take(key))
    elif kind == "go":
        await _gate(key).open()
        # The next test may use the same id.
        del _gates[key]
        await answer(send, True)
    else:
        await answer(send, kinds[kind](key))

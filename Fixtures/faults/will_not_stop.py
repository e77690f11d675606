"""Does not stop when it should: GET /<what>/<key>, and GET /notes/<key> answers with what happened, as JSON.

swallow   waits; goes on whenever it is cancelled, until /release/<key>
behind    the same, after a complete response
ignore    streams on after its client has disconnected, until /release/<key>
block     keeps the event loop until the file of the query is there
"""

import asyncio
import json
import os
import time

_notes = {}
_gates = {}


def _note(key, what):
    _notes.setdefault(key, []).append(what)


def _gate(key):
    return _gates.setdefault(key, asyncio.Event())


async def _swallow(key):
    while not _gate(key).is_set():
        try:
            await _gate(key).wait()
        except asyncio.CancelledError:
            _note(key, "cancelled")


async def _ignore(key, receive, send):
    while not _gate(key).is_set():
        try:
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
        except OSError as error:
            _note(key, type(error).__name__)
            await asyncio.wait([asyncio.ensure_future(_gate(key).wait())])
        await asyncio.sleep(0)


def _block(path):
    deadline = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.01)


async def _lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    _note("lifespan", "shutdown")
    print("shutdown", flush=True)
    await send({"type": "lifespan.shutdown.complete"})


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await _lifespan(receive, send)
    _, what, key = scope["path"].split("/")
    if what == "swallow":
        _note(key, "begun")
        await _swallow(key)
    elif what == "release":
        _gate(key).set()
    elif what == "block":
        _block(scope["query_string"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if what == "ignore":
        await _ignore(key, receive, send)
        _note(key, "released")
    await send({"type": "http.response.body", "body": json.dumps(_notes.get(key, [])).encode()})
    if what == "behind":
        await _swallow(key)

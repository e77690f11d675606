"""A1-A4, A8-A10, A18: looks at the type of everything that a server gives, and answers with what it saw.

/report   the scopes and events so far, their types, and all values that are not allowed in them
/linger   goes on after its response; /finished answers once it has come to its end
"""

import asyncio
import json
import math

_seen = []
_calls = {"http": 0, "lifespan": 0}
_finished = asyncio.Event()


def _wrong(value, where):
    """The places of values that may not be in a scope or an event."""
    kind = type(value)
    if kind in (str, bytes, bool) or value is None:
        return []
    if kind is int:
        return [] if -(2**63) <= value < 2**63 else [where]
    if kind is float:
        return [] if math.isfinite(value) else [where]
    if kind in (list, tuple):
        return [each for index, item in enumerate(value) for each in _wrong(item, f"{where}[{index}]")]
    if kind is dict:
        found = [f"{where}: key {key!r}" for key in value if type(key) is not str]
        return found + [each for key, item in value.items() for each in _wrong(item, f"{where}.{key}")]
    return [f"{where}: {kind.__name__}"]


def _note(what, value):
    types = {key: type(item).__name__ for key, item in value.items()}
    checked = {key: item for key, item in value.items() if key != "state"}
    _seen.append({"what": what, "is_dict": type(value) is dict, "types": types, "wrong": _wrong(checked, what)})
    return value


async def app(scope, receive, send):
    _note("scope", scope)
    _calls[scope["type"]] += 1
    if scope["type"] == "lifespan":
        while True:
            event = _note("event", await receive())
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    calls = _calls["http"]
    more = scope["path"] == "/report"
    while more:
        event = _note("event", await receive())
        more = event.get("more_body", False)
    if scope["path"] == "/finished":
        await _finished.wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    report = {
        "calls": calls,
        "lifespans": _calls["lifespan"],
        "asgi": scope["asgi"],
        "header_types": sorted({type(item).__name__ for pair in scope["headers"] for item in pair}),
        "pair_lengths": sorted({len(pair) for pair in scope["headers"]}),
        "seen": list(_seen),
    }
    await send({"type": "http.response.body", "body": json.dumps(report).encode()})
    if scope["path"] == "/linger":
        _note("event", await receive())
        await asyncio.sleep(0)
        _finished.set()
    else:
        _seen.clear()

"""D14, D16: sends more after its response is complete; GET /report answers with what send() did about it."""

import asyncio
import json

_results = {}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/report":
        while len(_results) < 3:
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": json.dumps(_results).encode()})
        return
    # No more_body: this completes the response.
    await send({"type": "http.response.body", "body": b"whole"})
    _results.clear()
    for name, message in {
        "body": {"type": "http.response.body", "body": b"late", "more_body": True},
        "start": {"type": "http.response.start", "status": 500, "headers": []},
        "end": {"type": "http.response.body", "body": b"later"},
    }.items():
        try:
            await send(message)
            _results[name] = None
        except Exception as error:
            _results[name] = type(error).__name__

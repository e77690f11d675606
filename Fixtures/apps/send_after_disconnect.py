"""A5, A16, D30, D31: goes on sending after its client has left.

/catch/<id>    sends until send() raises, and notes its exceptions then and later
/full/<id>     sends more than is read, so that it waits in send() when the client disconnects
/bubble/<id>   lets the exception out, which ends the application
/wrap/<id>     lets another exception out, raised from it
/seen/<id>     answers with what the request of that id has noted, as JSON
/version/      answers with the version of the specification that the scope names
"""

import asyncio
import json

from any_loop import Futures

_notes = Futures()


def _described(error):
    return {"name": type(error).__name__, "is_os_error": isinstance(error, OSError), "is_own": type(error) is not OSError}


async def _send_until_refused(send, body):
    while True:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if kind == "seen" or kind == "version":
        answer = await _notes.get(key) if kind == "seen" else scope["asgi"]["spec_version"]
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
        return
    errors = []
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    if kind != "full":
        while (await receive())["type"] != "http.disconnect":
            pass
    for _ in range(3):
        try:
            await _send_until_refused(send, bytes(65536) if kind == "full" else b"")
        except Exception as error:
            errors.append(_described(error))
            if kind == "bubble":
                _notes.set(key, errors)
                raise
            if kind == "wrap":
                _notes.set(key, errors)
                raise RuntimeError("cannot go on") from error
    _notes.set(key, errors)

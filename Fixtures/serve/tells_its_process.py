"""Says which process answers. /after/0.5 answers half a second later, /crash/3 ends the process, /stream goes on for ever."""

import asyncio
import json
import os


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": str(os.getpid())})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    _, command, *words = scope["path"].split("/")
    if command == "after":
        await asyncio.sleep(float(words[0]))
    elif command == "crash":
        os._exit(int(words[0]))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    while command == "stream":
        await send({"type": "http.response.body", "body": b"on and on\n", "more_body": True})
        await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": json.dumps({"pid": os.getpid()}).encode()})

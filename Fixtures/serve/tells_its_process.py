"""Says which process answers. /after/0.5 answers half a second later, /crash/3 ends the process, /stream goes on for ever."""

import asyncio
import json
import os


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    if scope["type"] == "websocket":
        return await stay_connected(receive, send, str(os.getpid()))
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


async def stay_connected(receive, send, greeting=None):
    """Accepts a WebSocket, sends a text if there is one, and waits for the client's end."""
    await receive()
    await send({"type": "websocket.accept"})
    if greeting is not None:
        await send({"type": "websocket.send", "text": greeting})
    while (await receive())["type"] != "websocket.disconnect":
        pass

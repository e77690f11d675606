"""Prints when it starts and ends, and answers a request once all of its body is there."""

import asyncio
import os


def say(text):
    # In one piece: the server writes to the same place.
    os.write(1, f"{text}\n".encode())


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = (await receive())["type"]
            say(event)
            await send({"type": event + ".complete"})
            if event == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        event = await receive()
        say(f"{event['type']} {event.get('code')}")
        return
    say("request")
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            say("disconnect")
            return
        body += event["body"]
        more = event["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
    if scope["path"] == "/background":
        await asyncio.sleep(0.2)
        say("background done")

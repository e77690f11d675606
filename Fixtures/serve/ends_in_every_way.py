"""Ends requests in every way: /status/N, /raises, /breaks-off, /waits, /streams, and FastAPI's under /fast.

WebSockets are accepted, but for /refuse and /waits.
"""

from fastapi import FastAPI

fast = FastAPI()


@fast.get("/fast/raises")
async def raises():
    raise ValueError("an endpoint of a framework")


@fast.get("/fast/{name}")
async def greets(name: str):
    return {"hello": name}


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        if scope["path"] == "/refuse":
            return await send({"type": "websocket.close"})
        if scope["path"] != "/waits":
            await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    if scope["type"] == "lifespan" or scope["path"].startswith("/fast/"):
        return await fast(scope, receive, send)
    _, how, *words = scope["path"].split("/")
    if how == "raises":
        raise ValueError("an app without a framework")
    if how == "waits":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    status = int(words[0]) if how == "status" else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    if how == "breaks-off":
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        raise ValueError("in the middle")
    if how == "streams":
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.body", "body": b"x" * 150})

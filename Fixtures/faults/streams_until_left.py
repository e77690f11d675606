"""Streams like Starlette, which detects a disconnect by the version of the specification that the server announces.

/stream     a first chunk, and then a wait that does not depend on the client
/open       the number of streams now, and when there are none or half a second has passed, as JSON
"""

import asyncio
import json

open_streams = set()
nothing = []


async def waits():
    yield b"first"
    # The next chunk would come from elsewhere: a queue, a database, another server.
    future = asyncio.get_running_loop().create_future()
    nothing.append(future)
    await future
    yield b"second"


async def stream(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    async for chunk in waits():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


async def until_disconnected(receive):
    while (await receive())["type"] != "http.disconnect":
        pass


async def respond(scope, receive, send):
    version = tuple(map(int, scope["asgi"]["spec_version"].split(".")))
    if version >= (2, 4):
        try:
            await stream(send)
        except OSError:
            return
    else:
        tasks = [asyncio.ensure_future(each) for each in (stream(send), until_disconnected(receive))]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    if scope["path"] == "/stream":
        token = object()
        open_streams.add(token)
        try:
            return await respond(scope, receive, send)
        finally:
            open_streams.discard(token)
    count = len(open_streams)
    for _ in range(50):
        if not open_streams:
            break
        await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps([count, len(open_streams)]).encode()})

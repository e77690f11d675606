"""A21-A23: calls receive() and send() from several tasks, and cancels them.

/cancel    cancels receive() again and again, then answers with the whole body
/timeouts  asks with a short time limit until the body has ended, and answers with all of it
/senders   two tasks send at the same time
/waiting   several tasks wait in send() until the response is read
/duplex    receives and sends in two tasks
"""

import asyncio


async def _start(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def _body(send, body, more=True):
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def cancel(receive, send):
    await _start(send)
    for _ in range(5):
        task = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    await _body(send, b"cancelled:")
    await _echo(receive, send)


async def _echo(receive, send):
    more = True
    while more:
        event = await receive()
        more = event["more_body"]
        await _body(send, event["body"], more)


async def timeouts(receive, send):
    await _start(send)
    received = b""
    more = True
    while more:
        try:
            event = await asyncio.wait_for(receive(), 0.0005)
        except asyncio.TimeoutError:
            continue
        received += event["body"]
        more = event["more_body"]
    await _body(send, received, more=False)


async def senders(receive, send):
    await _start(send)
    await asyncio.gather(*(_body(send, b"%d," % number) for number in range(100)))
    await asyncio.gather(_body(send, b"last"), _body(send, b"", more=False))


async def waiting(receive, send):
    await _start(send)
    tasks = [asyncio.ensure_future(_body(send, b"%d" % number * 65536)) for number in range(8)]
    done, _ = await asyncio.wait(tasks)
    for task in done:
        task.result()
    await _body(send, b"", more=False)


async def duplex(receive, send):
    await _start(send)
    queue = asyncio.Queue()

    async def read():
        more = True
        while more:
            event = await receive()
            more = event["more_body"]
            await queue.put((event["body"], more))

    async def write():
        more = True
        while more:
            body, more = await queue.get()
            await _body(send, body, more)

    await asyncio.gather(read(), write())


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    probes = (cancel, timeouts, senders, waiting, duplex)
    await {each.__name__: each for each in probes}[scope["path"].strip("/")](receive, send)

"""Every way of waiting: GET /<when>/<text> answers with the text.

/now      without waiting
/turn     a turn of the event loop later
/timer    after a short sleep
/thread   when a thread has made it upper-case
/task     when another task has put it into a queue
/fetch    with what a server of this machine has answered to a thread: the text is its port and a path
/chunks   one character a chunk, with a turn after each
/body     with the request's body after the text
/fails    not at all: raises ValueError(text)
/never    not at all
"""

import asyncio
import time
import urllib.request


def _upper(text):
    time.sleep(0.001)
    return text.upper()


async def _turn(text):
    await asyncio.sleep(0)
    return text


async def _timer(text):
    await asyncio.sleep(0.002)
    return text


async def _thread(text):
    return await asyncio.get_running_loop().run_in_executor(None, _upper, text)


def _download(text):
    with urllib.request.urlopen("http://127.0.0.1:" + text, timeout=60) as response:
        return response.read().decode()


async def _fetch(text):
    return await asyncio.get_running_loop().run_in_executor(None, _download, text)


async def _task(text):
    queue = asyncio.Queue()

    async def put():
        await asyncio.sleep(0)
        await queue.put(text)

    task = asyncio.get_running_loop().create_task(put())
    answer = await queue.get()
    await task
    return answer


async def _fails(text):
    raise ValueError(text)


async def _never(text):
    await asyncio.get_running_loop().create_future()


_ways = {each.__name__[1:]: each for each in (_turn, _timer, _thread, _fetch, _task, _fails, _never)}


async def _body(receive):
    body = b""
    more = True
    while more:
        event = await receive()
        body += event["body"]
        more = event["more_body"]
    return body


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, when, text = scope["path"].split("/", 2)
    if when in _ways:
        text = await _ways[when](text)
    body = text.encode()
    if when == "body":
        body += await _body(receive)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for character in text if when == "chunks" else ():
        await send({"type": "http.response.body", "body": character.encode(), "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"" if when == "chunks" else body})

"""Bodies that are sent and read piece by piece, as fast as the other side reads and writes.

/download/<bytes>   sends that many in chunks of 64 KiB
/upload             reads all and answers with their number
/slow-upload        the same, with a pause after every eighth piece: slower than the client sends
"""

import asyncio

CHUNK = bytes(65536)


async def _download(send, length):
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    left = length
    while left > len(CHUNK):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        left -= len(CHUNK)
    await send({"type": "http.response.body", "body": CHUNK[:left]})


async def _upload(receive, send, pause):
    length = pieces = 0
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        length += len(event["body"])
        more = event["more_body"]
        pieces += 1
        if pause and pieces % 8 == 0:
            await asyncio.sleep(pause)
    body = b"%d" % length
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, *length = scope["path"].split("/")
    if kind == "download":
        await _download(send, int(length[0]))
    else:
        await _upload(receive, send, {"upload": 0, "slow-upload": 0.001}[kind])

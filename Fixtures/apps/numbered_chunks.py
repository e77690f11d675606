"""/<count>/<bytes> answers with so many chunks of so many bytes, each byte the chunk's number modulo 251.

/<count>/<bytes>/known says before how many bytes that are.
"""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, count, size, *known = scope["path"].split("/")
    count, size = int(count), int(size)
    headers = [(b"content-length", b"%d" % (count * size))] if known else []
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(count):
        await send({"type": "http.response.body", "body": bytes([number % 251]) * size, "more_body": True})
    await send({"type": "http.response.body"})

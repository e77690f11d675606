"""GET /<bytes> answers with one chunk of so many; a POST is answered with the number of its octets."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    if scope["method"] == "GET":
        body = b"x" * (int(scope["path"][1:]) - 3) + b"end"
    else:
        length, more = 0, True
        while more:
            event = await receive()
            length += len(event["body"])
            more = event["more_body"]
        body = b"%d" % length
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": body})

"""Computes in plain Python before it answers: /<count> makes that many rounds of a loop."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    value = 0
    for number in range(int(scope["path"][1:])):
        value = (value + number * number) % 1_000_003
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"%d" % value})

# Proves the names of trailers: in lower case on the wire, and refused where they are no header names.
import json


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"trailer", b"x-result")], "trailers": True})
    await send({"type": "http.response.body", "body": b"body"})
    refused = []
    for name in (b":status", b"bad name", "text"):
        try:
            await send({"type": "http.response.trailers", "headers": [(name, b"1")]})
        except Exception as error:
            refused.append(type(error).__name__)
    result = json.dumps(refused).encode()
    await send({"type": "http.response.trailers", "headers": [(b"X-Result", result)], "more_trailers": True})
    await send({"type": "http.response.trailers", "headers": [(b"X-Second", b"2")]})

"""C1-C4: answers with the events it received, up to the end of the body, as JSON."""

import json


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    events = []
    more = True
    while more:
        event = await receive()
        more = event.get("more_body", False)
        body = event.get("body")
        events.append({**event, "body": None if body is None else body.decode("latin-1")})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(events).encode()})

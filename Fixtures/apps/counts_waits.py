"""C2 C12: reads the body, then says as JSON what it was and how often receive() had to wait for it.

At /held it never answers; it waits until its client leaves.
"""

import json


class Counted:
    """Awaits something and counts how often that had to wait."""

    def __init__(self, awaitable):
        self.awaitable = awaitable
        self.waits = 0

    def __await__(self):
        steps = self.awaitable.__await__()
        while True:
            try:
                waiting = next(steps)
            except StopIteration as end:
                return end.value
            self.waits += 1
            yield waiting


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body, waits, events, more = b"", 0, 0, True
    while more:
        counted = Counted(receive())
        event = await counted
        more = event.get("more_body", False)
        body += event.get("body", b"")
        waits += counted.waits
        events += 1
    if scope["path"] == "/held":
        await receive()
        return
    answer = {"body": body.decode(), "waits": waits, "events": events}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

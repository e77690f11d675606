"""Sends the trace headers that it got back as its own, and all that it got under a name of its own, in order."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    traces = [(name, value) for name, value in scope["headers"] if name in (b"traceparent", b"tracestate")]
    seen = b" | ".join(name + b"=" + value for name, value in traces)
    await send({"type": "http.response.start", "status": 200, "headers": [*traces, (b"x-seen", seen)]})
    await send({"type": "http.response.body", "body": b""})

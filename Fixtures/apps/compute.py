"""The end of a process: work of an app after its responses, or when Node exits.

/for-ever     blocks the event loop without end
/background   goes on for a moment after its response, and prints a line
"""

import asyncio


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    while scope["path"] == "/for-ever":
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
    if scope["path"] == "/background":
        await asyncio.sleep(0.05)
        print("done", flush=True)

# Proves http.response.early_hint: links go out as 103 before the response, where the transport can send them.
import json


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    results = []
    offered = "http.response.early_hint" in scope["extensions"]
    for links in ([b"</a.css>; rel=preload; as=style"], [b"</b.js>; rel=preload", b"</c.js>; rel=preload"], ["text"]):
        try:
            await send({"type": "http.response.early_hint", "links": links})
            results.append("sent")
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}")
    body = json.dumps({"offered": offered, "results": results}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if offered:
        await send({"type": "http.response.early_hint", "links": [b"</late.css>; rel=preload"]})
    await send({"type": "http.response.body", "body": body})

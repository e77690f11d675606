# Proves the tls extension: the scope as JSON, with a list of the names whose values are wrong in type.
import json


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = json.dumps({"scheme": scope["scheme"], "tls": scope["extensions"].get("tls")}).encode()
    if "tls" in scope["extensions"]:
        scope["extensions"]["tls"]["cipher_suite"] = "changed by a request"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

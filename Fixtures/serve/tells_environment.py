"""Says what a variable of the environment was when it was imported."""

import os

AT_IMPORT = dict(os.environ)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    value = AT_IMPORT.get(scope["path"][1:], "(not set)")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": value.encode()})


def make_app():
    return app

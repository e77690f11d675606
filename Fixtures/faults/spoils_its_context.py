"""Sets every variable of its context to something else, and logs: GET /<what> answers with <what>."""

import _socket
import contextvars
import logging

THINGS = {
    "number": lambda receive: 5,
    "text": lambda receive: "exchange",
    # A capsule of another module, and a value that is not of the host's type.
    "capsule": lambda receive: getattr(_socket, "CAPI", None) or getattr(_socket, "socket"),
    "other": lambda receive: logging.Logger.callHandlers,
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    what = scope["path"].strip("/")
    for variable in contextvars.copy_context():
        variable.set(THINGS[what](receive))
    logging.getLogger(__name__).warning(what)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": what.encode()})

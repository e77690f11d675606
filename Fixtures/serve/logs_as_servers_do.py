"""Logs to the loggers that apps know from uvicorn, while it is imported and at each request, and to one of its own."""

import logging

logging.getLogger("uvicorn.error").info("imported %s", "well")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError(scope["type"])
    logging.getLogger("uvicorn").warning("a doubt")
    logging.getLogger("uvicorn.error").debug("a detail")
    logging.getLogger("uvicorn.access").info("a visit")
    logging.getLogger("shop").info("a sale")
    try:
        raise LookupError("no such thing")
    except LookupError:
        logging.getLogger("uvicorn.error").exception("a fault")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})

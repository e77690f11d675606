"""Cannot start: with `raises`, by an exception."""


async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


async def raises(scope, receive, send):
    await receive()
    raise LookupError("no database")

"""Cannot start, or end, and says so with a traceback and by raising, as frameworks do."""

import traceback


def connect():
    raise LookupError("no database")


async def receive_both(receive, send, fails_at):
    while True:
        event = (await receive())["type"]
        if event == fails_at:
            try:
                connect()
            except LookupError:
                await send({"type": event + ".failed", "message": traceback.format_exc()})
                raise
        await send({"type": event + ".complete"})


async def app(scope, receive, send):
    await receive_both(receive, send, "lifespan.startup")


async def shutdown(scope, receive, send):
    await receive_both(receive, send, "lifespan.shutdown")


async def several_lines(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "\nno database:\n  not at db:5432\n"})
    raise RuntimeError("it could not be connected")


async def without_words(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed"})
    connect()

"""Applications whose lifespan goes wrong in odd ways; all answer requests with their own name."""

import asyncio


class Textless:
    """An object that cannot be converted to text."""

    def __str__(self):
        raise LookupError("no text")

    __repr__ = __str__


class Letters(str):
    """A string with overridden methods."""

    def encode(self, *arguments):
        raise LookupError("no encoding")

    def __str__(self):
        return self


MESSAGES = {
    "surrogate": "no \udcff database",
    "nul": "no \0 database",
    "letters": Letters("no database"),
    "number": 5,
    "octets": b"no database",
    "exception": ValueError("no database"),
    "textless": Textless(),
    "none": None,
    "nothing": "",
}


def _application(name, startup, shutdown=None):
    async def application(scope, receive, send):
        if scope["type"] != "lifespan":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            return await send({"type": "http.response.body", "body": name.encode()})
        await receive()
        await startup(send)
        await receive()
        if shutdown is not None:
            await shutdown(send)
        await send({"type": "lifespan.shutdown.complete"})

    application.__name__ = name
    globals()[name] = application


async def complete(send):
    await send({"type": "lifespan.startup.complete"})


def _failing(message):
    async def fail(send):
        await send({"type": "lifespan.startup.failed", "message": message})
        raise RuntimeError("the startup has failed")

    return fail


def _failing_late(message):
    async def fail(send):
        await send({"type": "lifespan.shutdown.failed", "message": message})

    return fail


for name, message in MESSAGES.items():
    _application("fails_" + name, _failing(message))
    _application("fails_late_" + name, complete, _failing_late(message))


def _raising(error, *, completes, waits):
    async def startup(send):
        if completes:
            await complete(send)
        if waits:
            await asyncio.sleep(0)
        raise error("enough")

    return startup


for error in (SystemExit, KeyboardInterrupt):
    for completes in (False, True):
        for waits in (False, True):
            when = "after" if completes else "before"
            name = f"raises_{error.__name__}_{when}_complete_{'late' if waits else 'now'}"
            _application(name, _raising(error, completes=completes, waits=waits))


class Hostile:
    """A message that completes the startup while it is converted to text."""

    def __init__(self, send):
        self.send = send

    def __str__(self):
        try:
            self.send({"type": "lifespan.startup.complete"}).send(None)
        except StopIteration:
            pass
        return "no database"


async def _completes_inside(send):
    await send({"type": "lifespan.startup.failed", "message": Hostile(send)})


_application("completes_inside", _completes_inside)

"""An application that uses a package for a moment: `/numpy`."""

import asyncio
import importlib

GROUPS = ("numerics", "learning", "databases", "secrets_and_tls", "compression", "imaging", "wire")


def packages():
    """The functions that use a package each, by the package's name; nothing is imported for it."""
    found = {}
    for group in GROUPS:
        module = importlib.import_module(group)
        for name, value in vars(module).items():
            if callable(value) and value.__module__ == group and name not in ("refused",):
                found[name.replace("_", "-")] = (group, value)
    return found


async def use(name):
    """Uses a package: AssertionError where it does not work."""
    result = packages()[name][1]()
    if asyncio.iscoroutine(result):
        await result


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await use(scope["path"].strip("/"))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"used"})

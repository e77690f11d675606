"""Every interpreter: what the app can do, and what it knows of the Python that it runs in."""

import asyncio
import json
import subprocess
import sys

BODY = b"Hello, World!"


def _facts():
    import _csv
    import _json
    import ctypes
    import decimal
    import hashlib
    import sqlite3
    import ssl
    import unicodedata
    import zlib

    child = [sys.executable, "-c", "import sys; print(sys.version_info[:2], sys.prefix)"]
    return {
        "version": "%d.%d" % sys.version_info[:2],
        "executable": sys.executable,
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "openssl": ssl.OPENSSL_VERSION,
        "loop": type(asyncio.get_running_loop()).__module__.split(".")[0],
        "zlib_version": zlib.ZLIB_RUNTIME_VERSION,
        "zlib": zlib.decompress(zlib.compress(BODY * 1000, 9)) == BODY * 1000,
        "sqlite": sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
        "hash": hashlib.sha256(BODY).hexdigest(),
        "ctypes": ctypes.sizeof(ctypes.c_int64),
        "decimal": str(decimal.Decimal("1.10") + 1),
        "name": unicodedata.name("é"),
        "extensions": [module.__name__ for module in (_csv, _json)],
        "child": subprocess.run(child, stdout=subprocess.PIPE, check=True).stdout.decode().strip(),
    }


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = scope["path"]
    if path == "/raise":
        raise ValueError("not today")
    if path == "/sleep":
        await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", path.encode())]})
    if path == "/echo":
        more = True
        while more:
            event = await receive()
            more = event.get("more_body", False)
            await send({"type": "http.response.body", "body": event["body"], "more_body": more})
        return
    body = json.dumps(_facts()).encode() if path == "/facts" else BODY
    await send({"type": "http.response.body", "body": body})

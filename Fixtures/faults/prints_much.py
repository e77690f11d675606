"""Prints more than a pipe holds, in each way, and says on the other stream that it has done so: GET /<way>/<stream>."""

import asyncio
import logging
import multiprocessing
import os
import subprocess
import sys
import traceback

LINES = 30000


async def print_(stream):
    for number in range(LINES):
        print("line", number, file=stream)
    stream.flush()


async def write(stream):
    for number in range(LINES):
        os.write(stream.fileno(), b"line %d\n" % number)


async def at_once(stream):
    text = "".join(f"line {number}\n" for number in range(LINES))
    stream.buffer.write(text.encode())
    stream.buffer.flush()


async def thread(stream):
    await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(print_(stream)))


async def log(stream):
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("prints_much")
    logger.propagate = False
    logger.addHandler(handler)
    for number in range(LINES):
        logger.warning("line %d", number)


async def traceback_(stream):
    try:
        raise ValueError("".join(f"\nline {number}" for number in range(LINES)) + "\n")
    except ValueError:
        traceback.print_exc(file=stream)


def _shell(stream):
    return f"seq -f 'line %.0f' 0 {LINES - 1} >&{stream.fileno()}"


async def system(stream):
    assert os.system(_shell(stream)) == 0


async def run(stream):
    subprocess.run(["sh", "-c", _shell(stream)], check=True)


async def asyncio_child(stream):
    child = await asyncio.create_subprocess_exec("sh", "-c", _shell(stream))
    assert await child.wait() == 0


def _print_in_child(name):
    asyncio.run(print_(getattr(sys, name)))


async def process(stream):
    """Children of each kind, each with a part."""
    name = "stdout" if stream is sys.stdout else "stderr"
    for method in ("fork", "spawn"):
        child = multiprocessing.get_context(method).Process(target=_print_in_child, args=(name,))
        child.start()
        await asyncio.get_running_loop().run_in_executor(None, child.join)
        assert child.exitcode == 0, child.exitcode


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    way, name = scope["path"].strip("/").split("/")
    ways = {"print": print_, "traceback": traceback_}
    await ways.get(way, globals().get(way))(getattr(sys, name))
    # In one piece: the server writes to the same place.
    os.write(3 - getattr(sys, name).fileno(), b"all is printed\n")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"null"})

# Proves the extensions that send files: http.response.pathsend and http.response.zerocopysend.
import json
import os
import tempfile

CONTENT = bytes(range(256)) * 1024  # 256 KiB
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
state = {}


def make_file():
    handle, path = tempfile.mkstemp()
    os.write(handle, CONTENT)
    os.close(handle)
    return path


async def outcome(send, message):
    try:
        await send(message)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "sent"


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    path = make_file()
    try:
        await globals()[scope["path"].strip("/")](scope, send, path)
    finally:
        os.unlink(path)


async def extensions(scope, send, path):
    await send(START)
    await send({"type": "http.response.body", "body": json.dumps(scope["extensions"]).encode()})


async def path_send(scope, send, path):
    await send(START)
    keep = path + ".kept"
    os.link(path, keep)
    state["kept"] = keep
    await send({"type": "http.response.pathsend", "path": keep})


async def remove_kept(scope, send, path):
    os.unlink(state.pop("kept"))
    await send(START)
    await send({"type": "http.response.body", "body": b""})


async def path_after_body(scope, send, path):
    await send(START)
    await send({"type": "http.response.body", "body": b"first ", "more_body": True})
    text = await outcome(send, {"type": "http.response.pathsend", "path": path})
    await send({"type": "http.response.body", "body": text.encode()})


async def body_after_path(scope, send, path):
    await send(START)
    await send({"type": "http.response.pathsend", "path": path})
    state["after"] = await outcome(send, {"type": "http.response.body", "body": b"more"})


async def missing(scope, send, path):
    results = [
        await outcome(send, {"type": "http.response.pathsend", "path": value})
        for value in (path + ".missing", "relative.txt", 5)
    ]
    await send(START)
    await send({"type": "http.response.body", "body": json.dumps(results).encode()})


async def missing_unanswered(scope, send, path):
    await send(START)
    await send({"type": "http.response.pathsend", "path": path + ".missing"})


async def zero_copy(scope, send, path):
    with open(path, "rb") as file:
        file.seek(1000)
        await send(START)
        await send({"type": "http.response.zerocopysend", "file": file.fileno()})
        os.fstat(file.fileno())
        state["position"] = os.lseek(file.fileno(), 0, os.SEEK_CUR)


async def zero_copy_mixed(scope, send, path):
    with open(path, "rb") as file:
        number = file.fileno()
        await send(START)
        await send({"type": "http.response.body", "body": b"[", "more_body": True})
        await send({"type": "http.response.zerocopysend", "file": number, "offset": 10, "count": 5, "more_body": True})
        await send({"type": "http.response.body", "body": b"|", "more_body": True})
        await send({"type": "http.response.zerocopysend", "file": number, "count": 3, "more_body": True})
        await send({"type": "http.response.zerocopysend", "file": number, "count": 3, "more_body": True})
        await send({"type": "http.response.body", "body": b"]"})
    # Closed here, perhaps before a byte of it was read: the transport has a descriptor of its own.


async def zero_copy_refused(scope, send, path):
    reader, writer = os.pipe()
    with open(path, "rb") as file:
        await send(START)
        values = [{"file": 12345}, {"file": reader}, {"file": file.fileno(), "offset": -1}, {"file": "x"}, {}]
        results = [await outcome(send, {"type": "http.response.zerocopysend", **value}) for value in values]
    os.close(reader)
    os.close(writer)
    await send({"type": "http.response.body", "body": json.dumps(results).encode()})


async def endless(scope, send, path):
    with open(path, "rb") as file:
        await send(START)
        while True:
            await send({"type": "http.response.zerocopysend", "file": file, "offset": 0, "more_body": True})


async def recall(scope, send, path):
    await send(START)
    await send({"type": "http.response.body", "body": json.dumps(state).encode()})


async def without_descriptors(scope, send, path):
    """There is no descriptor left for the transport: the response goes on in another way."""
    import resource

    await send(START)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(path, "rb") as file:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
            awaitable = send({"type": "http.response.zerocopysend", "file": file})
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        try:
            await awaitable
        except ValueError as error:
            await send({"type": "http.response.body", "body": str(error).encode()})

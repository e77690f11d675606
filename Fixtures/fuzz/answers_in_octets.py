"""Answers with the octets of its scope and of its messages, each with its length, which separates them.

The outcome of an aborted request reaches no client, so sockets note how they ended, and `rest` reports it.
"""

import asyncio
import collections
import functools
import gc
import sys

# The ends of sockets that were not reported yet: code, reason and path of each.
endings = []
# Unraisable exceptions that were not reported yet.
unraisable = []
# Objects that some applications keep after their requests, so that their memory is not reused.
kept = collections.deque(maxlen=8)
# The number of calls that have not returned. Tasks that wait for the next request do not count.
under_way = 0


def counted(app):
    """Counts the application while it runs."""

    @functools.wraps(app)
    async def call(scope, receive, send):
        global under_way
        under_way += 1
        try:
            await app(scope, receive, send)
        finally:
            under_way -= 1

    return call


def octets(*parts):
    """Parts with their lengths in front."""
    data = [part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in data)


def address(pair):
    return "" if pair is None else f"{pair[0]} {pair[1]}"


def described(scope):
    """All of a scope; what the scope is made of is spoiled afterwards, which the next one must not notice."""
    extensions = scope["extensions"]
    tls = extensions.get("tls", {})
    parts = [scope["type"], scope["http_version"], scope.get("method", ""), scope["scheme"], scope["path"]]
    parts += [scope["raw_path"], scope["query_string"], scope["root_path"]]
    parts += [address(scope["client"]), address(scope["server"])]
    parts += [",".join(sorted(extensions)), tls.get("name", ""), ",".join(scope.get("subprotocols", []))]
    parts += [scope["asgi"]["version"], len(scope)]
    for name, value in scope["headers"]:
        parts += [name, value]
    text = octets(*parts)
    for spoiled in (scope["headers"], extensions, tls, scope["asgi"], scope):
        spoiled.clear()
    return text


async def body_of(receive):
    """The request's body, or None when the client leaves before its end."""
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body, more = body + event["body"], event["more_body"]
    return body


@counted
async def whole(scope, receive, send):
    """Reads everything, then answers with everything, and with all that the transport can take."""
    abilities = set(scope["extensions"])
    text = described(scope)
    body = await body_of(receive)
    if body is None:
        return
    try:
        await answer(text + body, abilities, send)
    except OSError:
        return


async def answer(body, abilities, send):
    has_trailers = "http.response.trailers" in abilities
    if "http.response.early_hint" in abilities:
        await send({"type": "http.response.early_hint", "links": [b"</a>; rel=preload"]})
    headers = [(b"Content-Length", b"%d" % len(body)), (b"X-Kind", b"whole")]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": has_trailers})
    await send({"type": "http.response.body", "body": body})
    if has_trailers:
        await send({"type": "http.response.trailers", "headers": [(b"X-Last", b"yes")]})


@counted
async def late(scope, receive, send):
    """As `whole`, in another task and with turns of the loop in between."""
    await asyncio.sleep(0)
    await asyncio.ensure_future(whole(scope, receive, send))
    await asyncio.sleep(0)


@counted
async def keeps(scope, receive, send):
    """As `whole`, keeps what it was given, and asks what it has kept of others: they are over, and have nothing of this."""
    for old_receive, old_send in list(kept):
        if (await old_receive())["type"] != "http.disconnect":
            raise AssertionError("a request that is over has received another one's event")
        try:
            await old_send({"type": "http.response.body", "body": b"of another request"})
        except OSError:
            pass
    try:
        await whole(scope, receive, send)
    finally:
        kept.append((receive, send))


@counted
async def pieces(scope, receive, send):
    """Answers with the scope at once and then with each piece of the body as it comes."""
    try:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": described(scope), "more_body": True})
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            more = event["more_body"]
            await send({"type": "http.response.body", "body": event["body"], "more_body": more})
    except OSError:
        return


@counted
async def early(scope, receive, send):
    """Answers without reading the body."""
    try:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": described(scope)})
    except OSError:
        return


@counted
async def raises(scope, receive, send):
    """Raises when the first piece has come, or the client has left."""
    await receive()
    raise ValueError("by plan")


async def accept(scope, receive, send):
    """Accepts with the first subprotocol and sends the scope; whether the client has left is for `receive` to say."""
    subprotocol = next(iter(scope["subprotocols"]), None)
    text = described(scope)
    await receive()
    try:
        await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": [(b"X-Kind", b"socket")]})
        await send({"type": "websocket.send", "bytes": text})
    except OSError:
        return


@counted
async def echo_messages(scope, receive, send):
    """Sends each message back."""
    path = scope["raw_path"]
    await accept(scope, receive, send)
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            endings.append(octets(event["code"], event["reason"], path))
            return
        try:
            if "text" in event:
                await send({"type": "websocket.send", "text": event["text"]})
            else:
                await send({"type": "websocket.send", "bytes": event["bytes"]})
        except OSError:
            pass


@counted
async def closes(scope, receive, send):
    """Closes the socket when a message has come."""
    await accept(scope, receive, send)
    if (await receive())["type"] == "websocket.receive":
        try:
            await send({"type": "websocket.close", "code": 3999, "reason": "genug \u2713"})
        except OSError:
            return


@counted
async def refuses(scope, receive, send):
    await receive()
    try:
        await send({"type": "websocket.close", "code": 1008, "reason": "no"})
    except OSError:
        return


@counted
async def denies(scope, receive, send):
    await receive()
    text = described(scope)
    try:
        headers = [(b"X-Kind", b"denial")]
        await send({"type": "websocket.http.response.start", "status": 401, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": text[:7], "more_body": True})
        await send({"type": "websocket.http.response.body", "body": text[7:]})
    except OSError:
        return


@counted
async def returns(scope, receive, send):
    await accept(scope, receive, send)


@counted
async def raises_accepted(scope, receive, send):
    await accept(scope, receive, send)
    raise ValueError("by plan")


@counted
async def echo_events(scope, receive, send):
    """Sends the scope and each event of any protocol back, until one of type `end`."""
    await send({"type": "scope", "is": scope})
    while True:
        event = await receive()
        if event["type"] == "end":
            return
        await send({"type": "echo", "is": event})


def watch():
    """Writes down what Python can raise nowhere, as well."""
    before = sys.unraisablehook

    def note(what):
        unraisable.append(f"{what.err_msg}: {what.exc_value!r} in {what.object!r}")
        before(what)

    sys.unraisablehook = note


watch()


def collect():
    """Frees as much as possible."""
    kept.clear()
    # Objects from before the first call, mostly modules, are not collected again.
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()
    gc.collect()
    # CPython caches the names of some thousand attributes.
    sys._clear_type_cache()


async def rest(scope, receive, send):
    """Reports tasks, unraisable exceptions and ends of sockets, once no call and no unexpected task runs."""
    known = int(scope["query_string"] or b"1000000")
    for _ in range(1000):
        if under_way == 0 and len(asyncio.all_tasks()) <= known:
            break
        await asyncio.sleep(0)
    if scope["path"] == "/collect":
        collect()
    parts = [len(asyncio.all_tasks()), len(unraisable), *unraisable, *endings]
    endings.clear()
    unraisable.clear()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": octets(*parts)})

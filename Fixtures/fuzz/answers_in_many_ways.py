"""Answers in one of many ways, chosen by its target, and remembers the requests of each connection.

A connection is known by its client's address, which no other connection has. /seen?<address> answers with its requests,
as JSON, when none is in flight, and forgets them. Requests of a connection may run in the threads of several event loops.
"""

import asyncio
import concurrent.futures
import json
import threading
import zlib

MOST = 500
# No OrderedDict: without a GIL, Python 3.13 crashes when several threads change one.
connections = {}
lock = threading.Lock()


class Connection:
    def __init__(self):
        self.seen = []
        self.open = 0
        # Done when no request is under way.
        self.idle = None

    @classmethod
    def begin(cls, key, seen):
        with lock:
            if key not in connections:
                connections[key] = cls()
                if len(connections) > MOST:
                    del connections[next(iter(connections))]
            connection = connections[key]
            connection.seen.append(seen)
            if connection.open == 0:
                connection.idle = concurrent.futures.Future()
            connection.open += 1
            return connection

    def end(self):
        with lock:
            self.open -= 1
            if self.open == 0:
                self.idle.set_result(None)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError("no lifespan here")
    if scope["path"] == "/seen" and scope["client"] is None:
        return await tell(scope["query_string"].decode(), send)
    request = Request(scope, receive, send)
    connection = Connection.begin(scope["client"][0], request.seen)
    try:
        await request.answer()
    finally:
        connection.end()


async def tell(key, send):
    connection = connections.get(key)
    if connection is not None:
        await asyncio.wrap_future(connection.idle)
        connections.pop(key, None)
    body = json.dumps(connection.seen if connection is not None else []).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Request:
    def __init__(self, scope, receive, send):
        self.receive, self.send = receive, send
        self.method, self.extensions = scope["method"], scope.get("extensions", {})
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
        self.seen = {"headers": headers, "extensions": sorted(self.extensions), "length": 0, "checksum": 0, "events": ""}
        for name in ("method", "http_version", "scheme", "path", "root_path"):
            self.seen[name] = scope[name]
        for name in ("raw_path", "query_string"):
            self.seen[name] = scope[name].decode("latin-1")
        number = zlib.crc32(scope["raw_path"] + b"?" + scope["query_string"])
        self.way = WAYS[number % len(WAYS)]

    async def answer(self):
        await self.way(self)

    async def read(self):
        while await self.piece() is not None:
            pass

    async def piece(self):
        """Gives the next piece of the body; None after the last one."""
        if self.seen["events"]:
            return None
        event = await self.receive()
        if event["type"] == "http.disconnect":
            self.seen["events"] = "left"
            return None
        body = event.get("body", b"")
        self.seen["length"] += len(body)
        self.seen["checksum"] = zlib.crc32(body, self.seen["checksum"])
        if not event.get("more_body"):
            self.seen["events"] = "complete"
        return body

    async def start(self, status=200, headers=(), **more):
        named = [(b"x-way", self.way.__name__.encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": [*named, *headers], **more})

    async def body(self, body=b"", more=False):
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def whole(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"5")])
        await self.body(b"whole")

    async def unsized(self):
        await self.read()
        await self.start()
        await self.body(b"unsized")

    async def pieces(self):
        await self.read()
        await self.start(headers=[(b"set-cookie", b"a=b"), (b"set-cookie", b"c=\xe9"), (b"Date", b"then")])
        for piece in (b"a" * 10, b"", b"b" * 20):
            await self.body(piece, more=True)
            await asyncio.sleep(0)
        await self.body(b"")

    async def sized_pieces(self):
        await self.read()
        await self.start(headers=[(b"Content-Length", b"7"), (b"content-type", b"text/plain")])
        await self.body(b"abc", more=True)
        await self.body(b"defg")

    async def echo(self):
        """Answers before it has read everything."""
        await self.start()
        while True:
            piece = await self.piece()
            if piece is None:
                break
            await self.body(piece, more=True)
        await self.body(b".")

    async def early(self):
        await self.start(413, [(b"content-length", b"5")])
        await self.body(b"early")

    async def no_content(self):
        await self.read()
        await self.start(204, [(b"content-length", b"0")])
        await self.body()

    async def no_content_with_body(self):
        await self.read()
        await self.start(204)
        await self.body(b"dropped")

    async def unchanged(self):
        await self.read()
        await self.start(304, [(b"etag", b'"x"'), (b"content-length", b"123")])
        await self.body()

    async def closes(self):
        await self.read()
        await self.start(headers=[(b"connection", b"close")])
        await self.body(b"closes")

    async def hop_by_hop(self):
        await self.read()
        headers = [(b"keep-alive", b"timeout=9"), (b"transfer-encoding", b"chunked"), (b"connection", b"x-a, keep-alive")]
        await self.start(headers=[*headers, (b"server", b"s"), (b"trailer", b"x-b"), (b"proxy-connection", b"close")])
        await self.body(b"hop by hop")

    async def raises(self):
        await self.read()
        raise ValueError("before")

    async def raises_late(self):
        await self.read()
        await self.start()
        await self.body(b"cut", more=True)
        raise ValueError("in the middle")

    async def too_short(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"9")])
        await self.body(b"short")

    async def too_long(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"3")])
        await self.body(b"too long")

    async def too_long_in_pieces(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"3")])
        await self.body(b"too", more=True)
        await self.body(b"long")

    async def says_nothing(self):
        await self.read()

    async def starts_only(self):
        await self.read()
        await self.start()

    async def late(self):
        await self.read()
        for _ in range(3):
            await asyncio.sleep(0)
        await self.start()
        await self.body(b"late")

    async def long(self):
        await self.read()
        await self.start()
        for _ in range(4):
            await self.body(b"0123456789abcdef" * 5_000, more=True)
        await self.body()

    async def long_whole(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"200000")])
        await self.body(b"0123456789" * 20_000)

    async def hints(self):
        await self.read()
        if "http.response.early_hint" in self.extensions:
            await self.send({"type": "http.response.early_hint", "links": [b"</a>; rel=preload"]})
        await self.start()
        await self.body(b"hints")

    async def trailers(self):
        await self.read()
        has = "http.response.trailers" in self.extensions
        await self.start(trailers=has)
        await self.body(b"trailers")
        if has:
            await self.send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    async def odd_status(self):
        await self.read()
        await self.start(299, [(b"X-Empty", b""), (b"x-latin", b"\xe9\xff\t.")])
        await self.body(b"odd")

    async def bad_header(self):
        await self.read()
        await self.start(headers=[(b"x", b"a\r\nb: c")])
        await self.body(b"never")

    async def bad_length(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"5x")])
        await self.body(b"never")

    async def two_lengths(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"3"), (b"content-length", b"4")])
        await self.body(b"abc")

    async def same_lengths(self):
        await self.read()
        await self.start(headers=[(b"content-length", b"3"), (b"content-length", b"3")])
        await self.body(b"abc")


WAYS = [way for name, way in vars(Request).items() if name not in ("answer", "read", "piece", "start", "body") and name[0] != "_"]

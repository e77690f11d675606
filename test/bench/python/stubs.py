"""What a driver in plain Python gives an app: a scope of its own for each request, and stubs for receive and send."""

# The keys that an app of the same handler sees the same in each request.
_TEMPLATE = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "scheme": "http",
    "root_path": "",
    "extensions": {},
}
# flight.js sends the same.
_HEADERS = [
    (b"host", b"127.0.0.1"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"en"),
    (b"user-agent", b"python-node-bench/1.0"),
    (b"cache-control", b"no-cache"),
    (b"x-request-id", b"0123456789abcdef"),
    (b"x-forwarded-for", b"203.0.113.7"),
]
_CLIENT = ("127.0.0.1", 50000)
_SERVER = ("127.0.0.1", 8000)
_REQUEST = {"type": "http.request", "body": b"", "more_body": False}


def make_scope(path):
    """A copy of the template plus what differs; the pairs of the headers come from a cache, their list is new."""
    scope = _TEMPLATE.copy()
    scope["method"] = "GET"
    scope["path"] = path
    scope["raw_path"] = path.encode("latin-1")
    scope["query_string"] = b""
    scope["headers"] = _HEADERS.copy()
    scope["client"] = _CLIENT
    scope["server"] = _SERVER
    return scope


async def receive():
    return _REQUEST


async def send(message):
    pass

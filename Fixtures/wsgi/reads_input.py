"""W6: reads its body in the way that the path names, and answers with what it got, as JSON."""

import hashlib
import json


def _read(stream):
    return [stream.read()]


def _read_in_sizes(stream):
    return list(iter(lambda: stream.read(1000), b""))


def _read_lines(stream):
    return list(iter(stream.readline, b""))


def _read_lines_at_once(stream):
    return stream.readlines()


def _iterate(stream):
    return list(stream)


def _read_mixed(stream):
    return [stream.readline(), stream.read(3), stream.readline(), stream.read(), stream.read(), stream.readline()]


def _read_limited_lines(stream):
    return list(iter(lambda: stream.readline(4), b""))


def _read_nothing(stream):
    return []


WAYS = {
    "/read": _read,
    "/sizes": _read_in_sizes,
    "/lines": _read_lines,
    "/readlines": _read_lines_at_once,
    "/iterate": _iterate,
    "/mixed": _read_mixed,
    "/limited": _read_limited_lines,
    "/nothing": _read_nothing,
}


def app(environ, start_response):
    pieces = WAYS[environ["PATH_INFO"]](environ["wsgi.input"])
    whole = b"".join(pieces)
    told = {
        "bytes": len(whole),
        "sha256": hashlib.sha256(whole).hexdigest(),
        "pieces": [piece.decode("latin-1") for piece in pieces] if len(whole) < 1000 else len(pieces),
        "largest": max(map(len, pieces), default=0),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]

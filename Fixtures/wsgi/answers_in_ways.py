"""W7-W9, W11: answers in the way that the path names.

/noted answers with what the others have written down, as JSON, and forgets it; the query names how many to wait for.
"""

import json
import sys
import threading

_notes = []
_changed = threading.Condition()


def _note(text):
    with _changed:
        _notes.append(text)
        _changed.notify_all()


class _Closing:
    """An iterable whose close() is noted."""

    def __init__(self, chunks):
        self.chunks = iter(chunks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.chunks)

    def close(self):
        _note("closed")


def _failing(chunks):
    yield from chunks
    raise ValueError("too late")


def noted(environ, start_response):
    count = int(environ["QUERY_STRING"] or 0)
    with _changed:
        _changed.wait_for(lambda: len(_notes) >= count, 30)
        taken = _notes.copy()
        _notes.clear()
    start_response("200 OK", [])
    return [json.dumps(taken).encode()]


def plain(environ, start_response):
    start_response("200 Fine", [("Content-Type", "text/plain"), ("X-Many", "one"), ("X-Many", "two")])
    return [b"hello, ", b"world"]


def latin(environ, start_response):
    start_response("299 Grüße", [("X-Octets", "caf\xe9")])
    return ["caf\xe9".encode("latin-1")]


def empty(environ, start_response):
    start_response("204 No Content", [("X-Kind", "empty")])
    return []


def nothing(environ, start_response):
    start_response("200 OK", [("X-Kind", "nothing")])
    return iter(())


def writes(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written, ")
    write(b"")
    write(b"written again, ")
    return [b"returned"]


def lazy(environ, start_response):
    """Starts its response with the first step of the iteration."""
    start_response("202 Accepted", [("X-Kind", "lazy")])
    yield b"one, "
    yield b""
    yield b"two"


def streams(environ, start_response):
    """Yields a chunk, and the next one when the client has sent more."""
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    yield b"ready"
    try:
        while piece := environ["wsgi.input"].read(4):
            yield b"got " + piece
    except OSError as error:
        _note(type(error).__name__)
        raise


def closes(environ, start_response):
    start_response("200 OK", [])
    return _Closing([b"one", b"two"])


def closes_after_failing(environ, start_response):
    start_response("200 OK", [])
    return _Closing(_failing([b"one"]))


def endless(environ, start_response):
    start_response("200 OK", [])
    return _Closing(iter(lambda: b"x" * 65_536, b""))


def fails(environ, start_response):
    raise ValueError("not today")


def fails_after_start(environ, start_response):
    start_response("200 OK", [])
    raise ValueError("not today either")


def fails_late(environ, start_response):
    start_response("200 OK", [])
    return _failing([b"one"])


def never_starts(environ, start_response):
    return [b"a body without a start"]


def starts_twice(environ, start_response):
    start_response("200 OK", [("X-Start", "first")])
    try:
        start_response("201 Created", [("X-Start", "second")])
    except Exception as error:
        _note(type(error).__name__)
    return [b"body"]


def changes_its_mind(environ, start_response):
    """Fails when nothing has been sent yet: the second start takes the place of the first."""
    try:
        start_response("200 OK", [("X-Start", "first")])
        raise ValueError("not today")
    except ValueError:
        start_response("503 Sorry", [("X-Start", "second")], sys.exc_info())
    return [b"sorry"]


def too_late_to_change(environ, start_response):
    """Fails when a part of the body has been sent: start_response raises what it is given."""
    start_response("200 OK", [("X-Start", "first")])
    yield b"one"
    try:
        raise KeyError("within")
    except KeyError:
        try:
            start_response("503 Sorry", [("X-Start", "second")], sys.exc_info())
        except KeyError as error:
            _note(f"raised {error}")
            raise
    yield b"never reached"


def too_long(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    for number in range(5):
        _note(f"chunk {number}")
        yield b"abc"


def too_short(environ, start_response):
    start_response("200 OK", [("Content-Length", "9")])
    return [b"abc"]


def many(environ, start_response):
    start_response("200 OK", [])
    for number in range(int(environ["QUERY_STRING"])):
        yield b"%06d\n" % number


def app(environ, start_response):
    return globals()[environ["PATH_INFO"].lstrip("/")](environ, start_response)

"""Raises exceptions that are hard to report: GET /<what>/<when>.

now     at once
later   after it has waited
begun   after it has sent the start of the response and a first chunk
"""

import asyncio
import builtins
import sys


class Ending(BaseException):
    """Neither an Exception nor one that ends programs."""


class Untold(Exception):
    """Has no text: making it raises."""

    def __init__(self, reason):
        super().__init__()
        self.reason = reason

    def __str__(self):
        raise self.reason


class Endless(Exception):
    """Its text is its own text."""

    def __str__(self):
        return str(self)


class Number(Exception):
    """Its text is none."""

    def __str__(self):
        return 5


class Mirror:
    """Shows itself in itself."""

    def __repr__(self):
        return "<" + repr(self) + ">"


class Doubtful(Exception):
    """Is neither true nor false."""

    def __bool__(self):
        raise ValueError("who knows")


class Empty(Exception):
    """Is false."""

    def __len__(self):
        return 0


class Secretive(type):
    """A class that does not say its name."""

    def __getattribute__(cls, name):
        if name in ("__name__", "__module__", "code"):
            raise RuntimeError("not telling")
        return super().__getattribute__(name)


def _recurse():
    _recurse()


def _raise(error):
    raise error


def _chain(length):
    error = None
    for number in range(length):
        following = ValueError(number)
        following.__cause__ = error
        error = following
    raise error


def _caused(error, cause):
    raise error from cause


def _context(cause):
    """Raised while another one is handled."""
    try:
        raise cause
    except type(cause):
        raise LookupError("behind it")  # noqa: B904


def _long_traceback():
    """900 frames, the name of each a thousand characters long."""
    name = "_" * 1000
    places = {}
    # Two lines by turns: repeated ones would be shown once.
    lines = ("def f(n):", " if n % 2: f(n - 1)", " elif n: f(n - 1)", " else: raise LookupError('deep down')")
    source = "\n".join(lines).replace("f(", name + "(")
    exec(compile(source, "generated", "exec"), places)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(2000)
    try:
        places[name](900)
    finally:
        sys.setrecursionlimit(limit)


def _group():
    if not hasattr(builtins, "ExceptionGroup"):
        raise LookupError("no groups")
    raise ExceptionGroup("several", [ValueError("one"), ExceptionGroup("inner", [KeyError("two")])])  # noqa: F821


def _nested_groups():
    if not hasattr(builtins, "ExceptionGroup"):
        raise LookupError("no groups")
    error = ValueError("innermost")
    for _ in range(2000):
        error = ExceptionGroup("outer", [error])  # noqa: F821
    raise error


def _cancels_itself():
    asyncio.current_task().cancel()
    return asyncio.sleep(3600)


_kinds = {
    "exit_text": lambda: sys.exit("enough"),
    "exit_none": lambda: sys.exit(),
    "quit": lambda: _raise(SystemExit(0)),
    "interrupt": lambda: _raise(KeyboardInterrupt("pressed")),
    "ending": lambda: _raise(Ending("of its own")),
    "generator_exit": lambda: _raise(GeneratorExit("closed")),
    "stop_async": lambda: _raise(StopAsyncIteration("no more")),
    "cancelled": lambda: _raise(asyncio.CancelledError("by itself")),
    "cancels_itself": _cancels_itself,
    "recursion": _recurse,
    "endless_text": lambda: _raise(Endless()),
    "endless_argument": lambda: _raise(ValueError(Mirror())),
    "number_text": lambda: _raise(Number()),
    "memory": lambda: _raise(MemoryError("no more")),
    "memory_bytes": lambda: bytes(1 << 60),
    "memory_list": lambda: [0] * (1 << 60),
    "group": _group,
    "nested_groups": _nested_groups,
    "surrogates": lambda: _raise(ValueError("a\ud800b\udfffc")),
    "nul": lambda: _raise(ValueError("a\0b\x01\x1f\x7f")),
    "text_raises": lambda: _raise(Untold(ValueError("no text"))),
    "text_exits": lambda: _raise(Untold(SystemExit("no text"))),
    "text_interrupts": lambda: _raise(Untold(KeyboardInterrupt("no text"))),
    "doubtful_cause": lambda: _caused(ValueError("outer"), Doubtful("inner")),
    "empty_cause": lambda: _caused(ValueError("outer"), Empty("inner")),
    "own_cause": lambda: _caused(*[ValueError("itself")] * 2),
    "context": lambda: _context(KeyError("before")),
    "secretive": lambda: _raise(Secretive("Odd", (Exception,), {})("anything")),
    "chain": lambda: _chain(40),
    "long_chain": lambda: _chain(400),
    "large_text": lambda: _raise(ValueError("x" * 5000000)),
    "long_traceback": _long_traceback,
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, when = scope["path"].split("/")
    if when == "later":
        await asyncio.sleep(0)
    if when == "begun":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
    awaitable = _kinds[kind]()
    if awaitable is not None:
        await awaitable
    raise AssertionError("nothing was raised")

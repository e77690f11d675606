"""D4, D5, D12, D13, D14: sends headers and bodies in all the forms that an application may choose.

/headers/<shape>   the headers x-a: 1, x-b: 2, x-a: 3 in that shape
/body/<shape>      the body 'abc' in that shape
"""

import array


class _Pairs:
    """Iterable, and nothing else."""

    def __iter__(self):
        return iter([[b"x-a", b"1"], (b"x-b", b"2"), _Pair(b"x-a", b"3")])


class _Pair:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


class _Bytes(bytes):
    pass


PAIRS = [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")]
HEADERS = {
    "list of tuples": lambda: list(PAIRS),
    "list of lists": lambda: [list(pair) for pair in PAIRS],
    "tuple of lists": lambda: tuple(list(pair) for pair in PAIRS),
    "generator": lambda: (pair for pair in PAIRS),
    "generator of generators": lambda: ((item for item in pair) for pair in PAIRS),
    "items": lambda: dict([(b"x-a", b"1"), (b"x-b", b"2"), (b"X-A", b"3")]).items(),
    "iterable": _Pairs,
    "subclass of bytes": lambda: [(_Bytes(name), _Bytes(value)) for name, value in PAIRS],
}
BODIES = {
    "bytes": b"abc",
    "bytearray": bytearray(b"abc"),
    "memoryview": memoryview(b"abc"),
    "memoryview with steps": memoryview(b"a-b-c-")[::2],
    "memoryview of an array": memoryview(array.array("B", b"abc")),
    "subclass of bytes": _Bytes(b"abc"),
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, part, shape = scope["path"].split("/")
    start = {"type": "http.response.start", "status": 200}
    end = {"type": "http.response.body"}
    if part == "headers" and shape != "none":
        start["headers"] = HEADERS[shape]()
    if part == "body" and shape != "none":
        end["body"] = BODIES[shape]
    await send(start)
    if part == "body" and shape == "bytearray":
        # What the application does with its buffer afterwards is its own business.
        reused = bytearray(b"abc")
        await send({"type": "http.response.body", "body": reused})
        reused[:] = b"xyz"
        return
    await send(end)

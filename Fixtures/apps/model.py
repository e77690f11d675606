"""Functions of all kinds, to be called without an app; `app` is there for the handler."""

import array
import asyncio
import threading

events = []
entered = threading.Event()
gate = threading.Event()


async def app(scope, receive, send):
    raise NotImplementedError(scope["type"])


def predict(image, *, top=1):
    labels = [{"label": "cat", "score": 0.75}, {"label": "dog", "score": 0.25}]
    return {"type": type(image).__name__, "size": len(image), "labels": labels[:top]}


def echo(*args, **kwargs):
    return [args, kwargs]


def nothing():
    pass


async def where_async():
    return [threading.current_thread().name, asyncio.get_running_loop() is not None]


def where():
    """The thread, and whether an event loop runs in it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return [threading.current_thread().name, False]
    return [threading.current_thread().name, True]


def returns_coroutine():
    return where_async()


class Model:
    scale = 3

    def scaled(self, value):
        return self.scale * value

    async def __call__(self, value):
        await asyncio.sleep(0)
        return value + 1


model = Model()
constant = 5


def raises(text):
    raise ValueError(text)


async def raises_later(text):
    await asyncio.sleep(0)
    raise LookupError(text)


def stops():
    raise StopIteration("no more")


def gives_object():
    return Model()


def tokens(count):
    """A generator that says when it is closed."""
    try:
        for number in range(count):
            events.append(number)
            yield number
    finally:
        events.append("closed")


async def tokens_later(count):
    try:
        for number in range(count):
            await asyncio.sleep(0)
            events.append(number)
            yield number
    finally:
        events.append("closed")


def chunks(size):
    """Endless; counts the chunks that were requested."""
    while True:
        events.append(size)
        yield bytes(size)


def generator_thread():
    yield where()


def fails_in_the_middle():
    yield 1
    raise ValueError("half")


def mapped():
    return map(str, [1, 2])


def told():
    """What has happened, and forgets it."""
    given, events[:] = events[:], []
    return given


async def waits():
    events.append("waits")
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        events.append("cancelled")
        raise


def waits_in_thread():
    entered.set()
    gate.wait(30)
    return "late"


async def until_entered():
    while not entered.is_set():
        await asyncio.sleep(0.001)


def open_gate():
    gate.set()
    entered.clear()


def about(view):
    return [type(view).__name__, view.format, view.readonly, view.tolist()]


def array_of(code, values):
    return array.array(code, values)


def every_second(view):
    return view[::2]


def grid(view):
    return view.cast("B").cast("f", [2, 2])


def single(view):
    """The only item of a view, and a bool, without dimensions."""
    flag = memoryview(b"\0").cast("?", [])
    return [view.cast("B").cast(view.format, []), flag]


def remember(data, name):
    """Writes the name down, and gives the length of the data."""
    events.append(name)
    return len(data)

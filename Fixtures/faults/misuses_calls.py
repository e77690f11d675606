"""Misuses scope, receive and send: GET or POST /<what> answers with the outcome, as JSON.

app           misuses them
returns_int   is no coroutine function
"""

import asyncio
import gc
import json
import random
import threading

_kept = {}


class Status:
    """A number that takes itself out of its message, and then is none."""

    def __init__(self, message):
        self.message = message

    def __index__(self):
        self.message.clear()
        gc.collect()
        raise TypeError("no number")


class Flag:
    """The same, and then is true."""

    def __init__(self, message):
        self.message = message

    def __bool__(self):
        self.message.clear()
        gc.collect()
        return True


class Pair:
    """A header that takes the other headers away."""

    def __init__(self, headers):
        self.headers = headers

    def __iter__(self):
        self.headers.clear()
        gc.collect()
        return iter((b"name", b"value"))


class Endless:
    """Headers that are never there."""

    def __iter__(self):
        return iter(self)


def _start(**more):
    return {"type": "http.response.start", "status": 200, "headers": [], **more}


def _body(body, more=False):
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _outcome(awaitable):
    try:
        answer = await awaitable
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return answer if answer is None or isinstance(answer, str) else answer["type"]


async def _use_again():
    """Reports the effects of the objects that the last request kept."""
    receive, send, task, scope = _kept["last"]
    messages = (_start(), _body(b"late"), {"type": "nothing"})
    return [
        await _outcome(receive()),
        *[await _outcome(send(message)) for message in messages],
        task.done(),
        task.cancel(),
        scope["path"],
    ]


async def keep(receive, send):
    return "kept"


async def later_in_a_request(receive, send):
    return await _use_again()


async def later_in_a_task(receive, send):
    return await asyncio.ensure_future(_use_again())


async def later_in_a_thread(receive, send):
    return await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(_use_again()))


async def send_in_a_thread(receive, send):
    """From another thread, without the event loop."""

    def work():
        send(_start())
        send(_body(b"thread", more=True))

    await asyncio.get_running_loop().run_in_executor(None, work)
    await send(_body(b" and loop"))


async def receive_in_a_thread(receive, send):
    def work():
        return asyncio.run(_outcome(receive()))

    return await asyncio.get_running_loop().run_in_executor(None, work)


async def many_threads(receive, send):
    """Eight threads that use what four requests were given, at random."""
    _kept.setdefault("many", []).append((receive, send, asyncio.current_task()))

    def work(number):
        pick = random.Random(number)
        for _ in range(200):
            receive, send, task = pick.choice(_kept["many"][-4:])
            for awaitable in (send(_start()), send(_body(b"%d" % number, more=True)), receive()):
                try:
                    awaitable.send(None)
                except (StopIteration, RuntimeError, OSError):
                    continue
                finally:
                    awaitable.close()
            task.done()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        await asyncio.sleep(0.001)
    await send(_body(b"end"))


async def receive_twice(receive, send):
    """Two at once and a third that is cancelled: every byte comes to one of them."""
    got = []

    async def read():
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            got.append(event["body"].decode())
            if not event["more_body"]:
                return

    given_up = asyncio.ensure_future(receive())
    readers = [asyncio.ensure_future(read()) for _ in range(2)]
    await asyncio.sleep(0)
    given_up.cancel()
    first = await _outcome(given_up)
    await asyncio.wait(readers, return_when=asyncio.FIRST_COMPLETED)
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)
    return [first, "".join(got)]


async def send_together(receive, send):
    """Sixteen tasks send at once."""
    await send(_start())

    async def work(letter):
        for _ in range(8):
            await send(_body(letter * 20000, more=True))
            await asyncio.sleep(0)

    await asyncio.gather(*[work(bytes([65 + number])) for number in range(16)])
    await send(_body(b""))


async def send_unawaited(receive, send):
    send(_start())
    send(_body(b"un", more=True))
    send(_body(b"awaited"))


async def receive_unawaited(receive, send):
    for _ in range(100):
        receive()
    return (await receive())["type"]


async def await_again(receive, send):
    awaitable = receive()
    return [await _outcome(awaitable), await _outcome(awaitable)]


async def by_hand(receive, send):
    """Steps of an awaitable without a task, dropped in the middle."""
    await receive()
    awaitable = receive().__await__()
    future = next(awaitable)
    await asyncio.sleep(0)
    awaitable.close()
    closed = receive()
    closed.close()
    thrown = receive()
    try:
        thrown.throw(LookupError("thrown"))
    except LookupError as error:
        raised = str(error)
    return [future is not None, await _outcome(closed), await _outcome(thrown), raised]


async def status_vanishes(receive, send):
    message = _start()
    message["status"] = Status(message)
    return await _outcome(send(message))


async def flag_vanishes(receive, send):
    await send(_start())
    message = _body(bytes(100000))
    message["more_body"] = Flag(message)
    await send(message)
    await send(_body(b"end"))


async def headers_vanish(receive, send):
    headers = [(b"name", b"value" * 100)] * 20
    headers += [Pair(headers)] + [(b"other", b"value" * 100)] * 20
    return await _outcome(send(_start(headers=headers)))


async def headers_recurse(receive, send):
    return await _outcome(send(_start(headers=Endless())))


async def values(receive, send):
    """Sends things that are no messages, and values that are invalid in a response."""
    messages = (
        None,
        5,
        [],
        {},
        {"type": 5},
        {"type": "http.response.start"},
        *[_start(status=status) for status in (None, "200", 2.0, -1, 99, 1000, 1 << 70)],
        *[_start(headers=headers) for headers in (5, [5], [()], [(b"a",)], [(b"a", 5)])],
        *[_start(headers=[header]) for header in ((b"a\n", b"b"), (b"a", b"\r"), ("a", b"b"))],
        _body(b"before the start"),
    )
    return [(await _outcome(send(message))).partition(":")[0] for message in messages]


async def huge(receive, send):
    headers = [(b"large", b"v" * (1 << 20))] + [(b"n%d" % number, b"v") for number in range(5000)]
    await send(_start(headers=headers))
    for _ in range(4):
        await send(_body(b"b" * (4 << 20), more=True))
    await send(_body(b"e"))


_kinds = {
    each.__name__: each
    for each in (
        keep,
        later_in_a_request,
        later_in_a_task,
        later_in_a_thread,
        send_in_a_thread,
        receive_in_a_thread,
        many_threads,
        receive_twice,
        send_together,
        send_unawaited,
        receive_unawaited,
        await_again,
        by_hand,
        status_vanishes,
        flag_vanishes,
        headers_vanish,
        headers_recurse,
        values,
        huge,
    )
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    kind = scope["path"].strip("/")
    answer = await _kinds[kind](receive, send)
    if kind == "keep":
        _kept["last"] = (receive, send, asyncio.current_task(), scope)
    if answer is not None:
        await send(_start())
        await send(_body(json.dumps(answer).encode()))


def returns_int(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    return 5

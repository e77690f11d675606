"""What applications return instead of a coroutine, and coroutines that yield what is not to be awaited."""

import asyncio
import types

from odd_messages import START, step
from sends_odd_values import Refuses


class Awaits:
    """An awaitable whose iterator is odd."""

    def __init__(self, iterate):
        self.iterate = iterate

    def __await__(self):
        return self.iterate()


class Iterates:
    def __init__(self, take):
        self.take = take

    def __iter__(self):
        return self

    def __next__(self):
        return self.take()


def _raise(error):
    raise error


@types.coroutine
def _yields(*things):
    for thing in things:
        yield thing


async def _late(thing):
    await asyncio.sleep(0)
    return await thing


RETURNS = {
    "nothing": lambda receive, send: None,
    "number": lambda receive, send: 5,
    "receive": lambda receive, send: receive(),
    "send": lambda receive, send: send(dict(START)),
    "function": lambda receive, send: receive,
    "future": lambda receive, send: asyncio.gather(),
    "no_iterator": lambda receive, send: Awaits(lambda: 5),
    "raises": lambda receive, send: Awaits(lambda: _raise(LookupError("no"))),
    "exits": lambda receive, send: Awaits(lambda: _raise(SystemExit("no"))),
    "stops": lambda receive, send: Awaits(lambda: Iterates(lambda: _raise(StopIteration("value")))),
    "stops_at_once": lambda receive, send: Awaits(lambda: _raise(StopIteration("value"))),
    "yields_itself": lambda receive, send: _yields(asyncio.current_task()),
    "yields_numbers": lambda receive, send: _yields(1, 2, 3),
    "yields_none": lambda receive, send: _yields(*[None] * 10),
    "yields_done": lambda receive, send: _yields(_done()),
    "yields_another_loops": lambda receive, send: _late(_yields(_future_of_another_loop())),
    "yields_bare_future": lambda receive, send: _late(_yields(asyncio.get_running_loop().create_future())),
    "generator": lambda receive, send: (each for each in ()),
    "used": lambda receive, send: _used(receive),
    "own_coroutine": lambda receive, send: asyncio.current_task().get_coro(),
    "own_task": lambda receive, send: asyncio.current_task(),
    "refuses": lambda receive, send: Refuses(),
}


def _done():
    future = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


def _future_of_another_loop():
    loop = asyncio.new_event_loop()
    try:
        return loop.create_future()
    finally:
        loop.close()


def _used(receive):
    awaitable = receive()
    step(awaitable)
    return awaitable

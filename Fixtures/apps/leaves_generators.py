"""Asynchronous generators that are left before their end: GET /<probe> answers with the outcome, as JSON."""

import asyncio
import gc
import json
import sys


class _Numbers:
    """A generator whose end takes a turn of the event loop, and is noted."""

    def __init__(self):
        self.ended = asyncio.Event()
        self.exception = None

    async def __call__(self):
        number = 0
        try:
            while True:
                yield number
                number += 1
                await asyncio.sleep(0)
        except BaseException as error:
            self.exception = type(error).__name__
            raise
        finally:
            await asyncio.sleep(0.001)
            self.ended.set()


async def hooks():
    """What asyncio sets while its event loop runs."""
    hooks = sys.get_asyncgen_hooks()
    return [hooks.firstiter is not None, hooks.finalizer is not None]


async def to_the_end():
    async def three():
        for number in range(3):
            await asyncio.sleep(0)
            yield number

    return [number async for number in three()]


async def closed():
    numbers = _Numbers()
    generator = numbers()
    taken = []
    async for number in generator:
        taken.append(number)
        if number == 2:
            break
    before = numbers.ended.is_set()
    await generator.aclose()
    return [taken, before, numbers.ended.is_set(), numbers.exception]


async def lost():
    """It is not closed: the garbage collector's finalizer passes it to the event loop."""
    numbers = _Numbers()
    generator = numbers()
    first = await generator.__anext__()
    del generator
    gc.collect()
    await numbers.ended.wait()
    return [first, numbers.exception]


async def lost_in_cycle():
    """As lost, but found by the cyclic collector only."""
    numbers = _Numbers()
    generator = numbers()
    await generator.__anext__()
    cycle = [generator]
    cycle.append(cycle)
    del generator, cycle
    gc.collect()
    await numbers.ended.wait()
    return numbers.exception


async def thrown():
    numbers = _Numbers()
    generator = numbers()
    await generator.__anext__()
    try:
        await generator.athrow(LookupError("thrown in"))
    except LookupError as error:
        return [str(error), numbers.ended.is_set()]


async def cancelled():
    numbers = _Numbers()

    async def take():
        async for _ in numbers():
            pass

    task = asyncio.ensure_future(take())
    await asyncio.sleep(0.002)
    task.cancel()
    await asyncio.wait([task])
    await numbers.ended.wait()
    return [task.cancelled(), numbers.exception]


_probes = (hooks, to_the_end, closed, lost, lost_in_cycle, thrown, cancelled)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

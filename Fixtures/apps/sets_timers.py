"""Timers of every kind: GET /<probe> answers with the outcome, as JSON.

None may be early by the loop's own clock and its resolution, as in asyncio.
"""

import asyncio
import json
import math
import threading
import time

RESOLUTION = time.get_clock_info("monotonic").resolution


class _Record:
    """Which timers have run, in which order, and how many of them too early; moments are seconds from now on."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time()
        self.ran = []
        self.early = 0
        self._count = 0
        self._done = self.loop.create_future()

    def at(self, moment, name):
        return self.at_time(self.now + moment, name)

    def at_time(self, when, name):
        self._count += 1
        return self.loop.call_at(when, self._run, name, when)

    def cancel(self, handle):
        self._count -= 1
        handle.cancel()

    def _run(self, name, when):
        self.ran.append(name)
        if self.loop.time() + RESOLUTION < when:
            self.early += 1
        if len(self.ran) == self._count:
            self._done.set_result(None)

    async def all(self):
        await self._done
        return {"ran": self.ran, "early": self.early}


async def order():
    record = _Record()
    for name, moment in (("f", 0.03), ("c", 0.005), ("e", 0.02), ("b", 0), ("d", 0.01), ("a", -1)):
        record.at(moment, name)
    return await record.all()


async def later():
    """call_later() counts from the moment of its own call."""
    loop = asyncio.get_running_loop()
    ran = []
    early = []
    done = asyncio.Semaphore(0)

    def run(handles, begin, delay):
        ran.append(handles[0].when())
        if loop.time() - begin + RESOLUTION < delay:
            early.append(delay)
        done.release()

    delays = (0.02, 0.005, 0, 0.01, 0.0005, -1)
    for delay in delays:
        handles = []
        handles.append(loop.call_later(delay, run, handles, loop.time(), delay))
    for _ in delays:
        await done.acquire()
    return {"in_order": ran == sorted(ran), "early": early}


async def sleeps():
    loop = asyncio.get_running_loop()
    early = []

    async def sleep(delay):
        begin = loop.time()
        result = await asyncio.sleep(delay, delay)
        if loop.time() - begin + RESOLUTION < delay:
            early.append(delay)
        return result

    delays = [0.0123, 0, 0.0005, 0.001, 0.00999, 0.02, -1]
    return {
        "one_by_one": [await sleep(delay) for delay in delays] == delays,
        "together": await asyncio.gather(*(sleep(delay) for delay in delays)) == delays,
        "early": early,
    }


async def many():
    record = _Record()
    # Within 50 ms, in no order at all.
    moments = [(number * 7919 % 5000) / 100000 for number in range(5000)]
    for moment in moments:
        record.at(moment, moment)
    answer = await record.all()
    return {"in_order": answer["ran"] == sorted(moments), "early": answer["early"]}


async def cancelled():
    """More than a hundred, most of them cancelled: asyncio then makes its list of timers anew."""
    record = _Record()
    handles = [record.at(0.005 + number / 20000, number) for number in range(300)]
    for number, handle in enumerate(handles):
        if number % 3 < 2:
            record.cancel(handle)
    answer = await record.all()
    return {**answer, "ran": answer["ran"] == list(range(2, 300, 3)), "is_cancelled": handles[0].cancelled()}


async def cancelled_first():
    """The one that is due next is cancelled, once from outside and once by a timer just before it."""
    record = _Record()
    record.at(0.02, "c")
    record.at(0.01, "b")
    record.cancel(record.at(0.005, "never"))
    record.at(0.003, "a")
    record.loop.call_at(record.now + 0.001, record.cancel, record.at(0.001001, "never"))
    return await record.all()


async def at():
    record = _Record()
    handles = [record.at(0.02, "late"), record.at(0.005, "soon"), record.at(-5, "past")]
    answer = await record.all()
    return {**answer, "when": [round(handle.when() - record.now, 6) for handle in handles]}


async def at_zero():
    """Moments that were over long before the process began; the clock's zero is nothing special."""
    record = _Record()
    record.at(0.005, "later")
    for when in (0, -1, -1e9, 1e-9):
        record.at_time(when, when)
    answer = await record.all()
    second = _Record()
    second.at_time(0, "alone")
    return {"first": answer["ran"], "second": (await second.all())["ran"]}


async def earlier():
    """Each is set from somewhere else, and is due earlier than all before it, which are not waited for."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    handles = [loop.call_later(3600, print, "too late")]

    def set_second():
        handles.append(loop.call_later(1800, print, "too late"))
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(set_third,))
        thread.start()
        thread.join()

    def set_third():
        handles.append(loop.call_later(900, print, "too late"))
        loop.call_later(0.001, set_last)

    def set_last():
        handles.append(loop.call_later(0.005, done.set_result, "in time"))

    loop.call_soon(set_second)
    answer = await done
    for handle in handles:
        handle.cancel()
    return answer


async def never():
    """Timers that are never due, also where a number of milliseconds cannot tell how long that is."""
    loop = asyncio.get_running_loop()
    ran = []
    handles = [loop.call_later(delay, ran.append, delay) for delay in (1e9, 1e18, 1e300, math.inf)]
    await asyncio.sleep(0.005)
    waiting = loop.create_task(asyncio.sleep(math.inf))
    await asyncio.sleep(0.005)
    waiting.cancel()
    for handle in handles:
        handle.cancel()
    await asyncio.sleep(0.005)
    return {"ran": ran, "is_cancelled": waiting.cancelled()}


async def chain():
    """Each is set by the one before."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    early = []

    def step(number, when):
        if loop.time() + RESOLUTION < when:
            early.append(number)
        if number == 20:
            done.set_result(number)
        else:
            loop.call_later(0.001, step, number + 1, loop.time() + 0.001)

    step(0, 0)
    return {"steps": await done, "early": early}


async def from_thread():
    """A timer that is set while the event loop has nothing at all to do."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def set_timer():
        time.sleep(0.02)
        loop.call_soon_threadsafe(loop.call_later, 0.005, done.set_result, "set by a thread")

    thread = threading.Thread(target=set_timer)
    thread.start()
    answer = await done
    thread.join()
    return answer


async def idle():
    """Nothing happens but that the time goes by."""
    await asyncio.sleep(0.05)
    return "awake"


_probes = (
    order,
    later,
    sleeps,
    many,
    cancelled,
    cancelled_first,
    at,
    at_zero,
    earlier,
    never,
    chain,
    from_thread,
    idle,
)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

"""Threads beside the event loop: GET /<probe> answers with the outcome, as JSON."""

import asyncio
import concurrent.futures
import json
import threading
import time


def _is_main():
    return threading.current_thread() is threading.main_thread()


def _square(number):
    time.sleep(0.001)
    return number * number


async def _double(number):
    await asyncio.sleep(0)
    return number * 2


async def executor():
    def work():
        time.sleep(0.02)
        return {"is_main": _is_main()}

    return {"here": _is_main(), "there": await asyncio.get_running_loop().run_in_executor(None, work)}


async def to_thread():
    """asyncio.to_thread is there from Python 3.9 on."""
    to_thread = getattr(asyncio, "to_thread", None)
    if to_thread is None:
        return await asyncio.get_running_loop().run_in_executor(None, _square, 6)
    return await to_thread(_square, number=6)


async def executors():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        numbers = await asyncio.gather(*(loop.run_in_executor(pool, _square, number) for number in range(100)))
    return numbers == [number * number for number in range(100)]


async def failing():
    def work():
        raise LookupError("in a thread")

    try:
        await asyncio.get_running_loop().run_in_executor(None, work)
    except LookupError as error:
        return str(error)


async def threadsafe():
    """A plain thread wakes the event loop, which has nothing else to do."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def work():
        time.sleep(0.02)
        loop.call_soon_threadsafe(done.set_result, _is_main())

    thread = threading.Thread(target=work)
    thread.start()
    answer = await done
    thread.join()
    return {"was_main": answer}


async def threadsafe_many():
    """All calls arrive, those of each thread in their order."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    calls = []

    def note(thread, number):
        calls.append((thread, number))
        if len(calls) == 8 * 500:
            done.set_result(None)

    def work(thread):
        for number in range(500):
            loop.call_soon_threadsafe(note, thread, number)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    await done
    for thread in threads:
        thread.join()
    return all([number for each, number in calls if each == thread] == list(range(500)) for thread in range(8))


async def coroutine_threadsafe():
    loop = asyncio.get_running_loop()

    def work():
        return asyncio.run_coroutine_threadsafe(_double(21), loop).result(60)

    return await loop.run_in_executor(None, work)


async def loop_in_thread():
    """Another event loop, in a thread of its own."""
    return await asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(_double(4)))


_probes = (
    executor,
    to_thread,
    executors,
    failing,
    threadsafe,
    threadsafe_many,
    coroutine_threadsafe,
    loop_in_thread,
)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

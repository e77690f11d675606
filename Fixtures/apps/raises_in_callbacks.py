"""Raises exceptions that end programs outside of a request's task: GET /<where>/<exception>.

Answers with the order in which callbacks ran that were ready together. `stop` is the event loop's stop().

/soon         in a callback
/timer        in a timer's callback
/threadsafe   in a callback that a thread has asked for
/reader       in the callback of a descriptor
/task         in a task
/future       in the callback of a future that is done
"""

import asyncio
import builtins
import json
import socket
import threading


def _action(name):
    """What raises, or stops the event loop."""
    if name == "stop":
        return asyncio.get_running_loop().stop

    def fail():
        raise getattr(builtins, name)("in a callback")

    return fail


async def _soon(loop, note, fail):
    loop.call_soon(note, "before")
    loop.call_soon(fail)
    loop.call_soon(note, "after")


async def _timer(loop, note, fail):
    now = loop.time()
    loop.call_at(now + 0.002, note, "before")
    loop.call_at(now + 0.002001, fail)
    loop.call_at(now + 0.002002, note, "after")


async def _threadsafe(loop, note, fail):
    def work():
        for callback, *arguments in ((note, "before"), (fail,), (note, "after")):
            loop.call_soon_threadsafe(callback, *arguments)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


async def _reader(loop, note, fail):
    one, other = socket.socketpair()

    def readable():
        loop.remove_reader(one)
        one.close()
        other.close()
        loop.call_soon(note, "after")
        note("before")
        fail()

    loop.add_reader(one, readable)
    other.send(b"x")


async def _task(loop, note, fail):
    async def work():
        await asyncio.sleep(0)
        fail()

    loop.call_soon(note, "before")
    task = loop.create_task(work())
    await asyncio.wait([task])
    note("after")
    # The exception was retrieved, so nothing is logged.
    task.exception()


async def _future(loop, note, fail):
    future = loop.create_future()
    future.add_done_callback(lambda _: note("before"))
    future.add_done_callback(lambda _: fail())
    future.add_done_callback(lambda _: note("after"))
    future.set_result(None)


_places = {each.__name__[1:]: each for each in (_soon, _timer, _threadsafe, _reader, _task, _future)}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, where, name = scope["path"].split("/")
    loop = asyncio.get_running_loop()
    notes = []
    both = asyncio.Event()

    def note(text):
        notes.append(text)
        if len(notes) == 2:
            both.set()

    await _places[where](loop, note, _action(name))
    await both.wait()
    # Timers and threads still work.
    await asyncio.sleep(0.001)
    notes.append(await loop.run_in_executor(None, lambda: "thread"))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(notes).encode()})

"""Misuses the event loop and its tasks: GET /<what> answers with the outcome, as JSON."""

import asyncio
import gc
import json
import os
import threading


def _loop():
    return asyncio.get_running_loop()


async def run_until_complete():
    coroutine = asyncio.sleep(0)
    try:
        _loop().run_until_complete(coroutine)
    finally:
        coroutine.close()


async def run():
    coroutine = asyncio.sleep(0)
    try:
        asyncio.run(coroutine)
    finally:
        coroutine.close()


async def run_forever():
    _loop().run_forever()


async def close():
    _loop().close()


async def stop_and_close():
    """The one inside the other, in a callback."""
    loop = _loop()
    outcome = loop.create_future()

    def end():
        loop.stop()
        try:
            loop.close()
        except RuntimeError as error:
            outcome.set_result(str(error))

    loop.call_soon(end)
    return "close" in await outcome


async def close_in_a_thread():
    loop = _loop()
    errors = []

    def work():
        try:
            loop.close()
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return "close" in errors[0]


async def stop_often():
    for _ in range(20):
        _loop().stop()
        await asyncio.sleep(0)
    return "stopped"


async def cancel_in_advance():
    """Its own task, which never waits again."""
    asyncio.current_task().cancel()
    return "answered"


async def task_factory():
    class Task(asyncio.Task):
        pass

    loop = _loop()
    loop.set_task_factory(lambda loop, coroutine, **more: Task(coroutine, loop=loop, **more))
    try:
        task = asyncio.ensure_future(asyncio.sleep(0, "of my own"))
        return [type(task) is Task, await task]
    finally:
        loop.set_task_factory(None)


async def sleep_replaced():
    plain = asyncio.sleep

    async def sleep(delay, result=None):
        return await plain(0, result)

    asyncio.sleep = sleep
    try:
        return await asyncio.sleep(3600, "short")
    finally:
        asyncio.sleep = plain


async def task_replaced():
    """What libraries that instrument asyncio do."""
    plain = asyncio.Task

    class Task(plain):
        pass

    asyncio.Task = asyncio.tasks.Task = Task
    return "replaced"


async def replace_call_soon():
    """Replaces call_soon() of this loop by one that counts."""
    loop = _loop()
    plain = loop.call_soon
    loop.calls = 0

    def call_soon(*arguments, **more):
        loop.calls += 1
        return plain(*arguments, **more)

    loop.call_soon = call_soon
    return "replaced"


async def call_soon_replaced():
    """Whether it is still counted: a future's callbacks are called soon."""
    loop = _loop()
    before = loop.calls
    loop.call_soon(int)
    return loop.calls > before


class Remains:
    """Says when the collector has found it."""

    calls = 0
    freed = 0

    def __init__(self):
        self.itself = self
        self.loop = _loop()

    def __del__(self):
        Remains.freed += 1
        self.loop.call_soon(Remains.called)

    @classmethod
    def called(cls):
        cls.calls += 1


async def leave_remains():
    """Something that calls the loop when it is collected, which may be anywhere."""
    gc.set_threshold(1 + Remains.freed % 97)
    Remains(), Remains(), Remains()
    return "left"


async def count_remains():
    gc.set_threshold(700)
    gc.collect()
    await asyncio.sleep(0.01)
    return Remains.freed - Remains.calls


async def debug():
    _loop().set_debug(True)
    return repr(asyncio.current_task())[:6]


async def broken_handler():
    """The loop's handler of exceptions raises, and is needed."""
    loop = _loop()

    def fail(*_):
        raise LookupError("in the handler of exceptions")

    loop.set_exception_handler(fail)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    return "went on"


async def cancel_everybody():
    """As programs do at their end."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    return len(others) >= 3


async def wait():
    await _loop().create_future()


async def nested():
    """Runs the loop inside of one of its callbacks, which asyncio does not allow and some libraries do."""
    await asyncio.sleep(0)
    return _run_inside(0.005)


async def nested_at_once():
    """Says so, and runs the loop inside of the callback that has called the app, while other requests come."""
    os.environ["PYTHON_NODE_INNER"] = "1"
    return _run_inside(0.05)


def _run_inside(seconds):
    loop = _loop()
    current = asyncio.current_task()
    task = loop.create_task(asyncio.sleep(seconds, "inner"))
    asyncio.tasks._leave_task(loop, current)
    try:
        while not task.done():
            loop._run_once()
    finally:
        asyncio.tasks._enter_task(loop, current)
    return task.result()


_kinds = {
    each.__name__: each
    for each in (
        run_until_complete,
        run,
        run_forever,
        close,
        stop_and_close,
        close_in_a_thread,
        stop_often,
        cancel_in_advance,
        task_factory,
        sleep_replaced,
        task_replaced,
        replace_call_soon,
        call_soon_replaced,
        leave_remains,
        count_remains,
        debug,
        broken_handler,
        cancel_everybody,
        wait,
        nested,
        nested_at_once,
    )
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    answer = await _kinds[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

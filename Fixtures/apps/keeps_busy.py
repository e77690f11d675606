"""Work that does not end by itself, and work that takes its time.

/spin/<id>       starts a task that gives way with sleep(0), for ever
/timers/<id>     starts a task that sleeps for a moment, for ever
/turns/<id>      answers with how often a task has gone round
/stop/<id>       ends a task
/burn/<id>       starts a thread that computes for ever
/cool/<id>       ends the thread
/steps/<count>   gives way that many times before it answers
/busy/<ms>       computes for so long before it answers
/until/<id>      gives way until another request says /enough/<id>
"""

import asyncio
import threading
import time

_tasks = {}
_turns = {}
_threads = {}
_enough = set()


async def _go_round(key, delay):
    while True:
        _turns[key] = _turns.get(key, 0) + 1
        await asyncio.sleep(delay)


def _start(key, delay):
    _tasks[key] = asyncio.get_running_loop().create_task(_go_round(key, delay))
    return "started"


async def _stop(key):
    task = _tasks.pop(key)
    task.cancel()
    await asyncio.wait([task])
    return str(task.cancelled())


class _Burner(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.is_over = False
        self.count = 0

    def run(self):
        while not self.is_over:
            self.count += 1


def _burn(key):
    _threads[key] = _Burner()
    _threads[key].start()
    return "burning"


async def _cool(key):
    thread = _threads.pop(key)
    thread.is_over = True
    await asyncio.get_running_loop().run_in_executor(None, thread.join)
    return str(thread.count > 0)


async def _steps(count):
    for _ in range(count):
        await asyncio.sleep(0)
    return str(count)


def _work(milliseconds):
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        pass
    return str(milliseconds)


async def _until(key):
    while key not in _enough:
        await asyncio.sleep(0)
    return "enough"


async def _answer(kind, key):
    if kind in ("spin", "timers"):
        return _start(key, 0 if kind == "spin" else 0.001)
    if kind == "turns":
        return str(_turns.get(key, 0))
    if kind == "stop":
        return await _stop(key)
    if kind == "burn":
        return _burn(key)
    if kind == "cool":
        return await _cool(key)
    if kind == "steps":
        return await _steps(int(key))
    if kind == "busy":
        return _work(float(key))
    if kind == "until":
        return await _until(key)
    _enough.add(key)
    return "said"


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, kind, key = scope["path"].split("/")
    text = await _answer(kind, key)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})

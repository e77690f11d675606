"""The floor: what requests cost a driver in plain Python that makes one asyncio Task for each, and does nothing else.

Runs on uvloop, with the same app, whose file's name is the second argument, and as many requests in flight. Each
request gets a scope of its own and stubs for receive and send; no server, no second thread, no Node. Each line on
standard input is a number of milliseconds for which it runs; it answers with a line of JSON. By hand:

    echo 2000 | python floor.py ../../../Fixtures/apps hello
"""

import asyncio
import importlib
import json
import sys
import time

import uvloop
from stubs import make_scope, receive, send

IN_FLIGHT = 64


async def check(app):
    """Raises unless the app answers as it does in the other rows."""
    sent = []

    async def keep(message):
        sent.append(message)

    await app(make_scope("/hello"), receive, keep)
    if [message["type"] for message in sent] != ["http.response.start", "http.response.body"]:
        raise RuntimeError(f"a wrong answer: {sent}")


def run(loop, app, seconds):
    """Keeps requests in flight for a time, the next ones started when the last have ended; gives their number."""
    create_task = loop.create_task
    clock = time.perf_counter
    end = clock() + seconds
    tasks = []
    requests = 0

    def start_batch():
        nonlocal requests, tasks
        for task in tasks:
            # Raises what the app has raised, also when it has not ended.
            task.result()
        requests += len(tasks)
        if clock() >= end:
            loop.stop()
            return
        tasks = [create_task(app(make_scope("/hello"), receive, send)) for _ in range(IN_FLIGHT)]
        # Comes after the first steps of those tasks, which are their only ones.
        loop.call_soon(start_batch)

    loop.call_soon(start_batch)
    loop.run_forever()
    return requests


def main():
    folder, name = sys.argv[1:]
    sys.path.insert(0, folder)
    app = importlib.import_module(name).app

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(check(app))
    for line in sys.stdin:
        start, start_of_thread = time.perf_counter(), time.thread_time_ns()
        requests = run(loop, app, float(line) / 1000)
        seconds, nanoseconds = time.perf_counter() - start, time.thread_time_ns() - start_of_thread
        microseconds = nanoseconds / requests / 1000
        print(json.dumps({"requests": requests, "seconds": seconds, "threadMicroseconds": microseconds}), flush=True)


main()

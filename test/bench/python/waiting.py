"""What requests that wait cost in plain Python: a task of the app for each, a scope, and nothing else.

Each line on standard input is their number; it answers with a line of JSON, the KiB of memory that each takes.
"""

import asyncio
import json
import resource
import sys

import uvloop
from stubs import make_scope, receive, send

# Started first, so that one-time memory is not counted.
FIRST = 100


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


async def measure(app, count):
    tasks = []

    async def start(number):
        tasks.extend(asyncio.ensure_future(app(make_scope("/wait"), receive, send)) for _ in range(number))
        # The second turn comes after the first step of each.
        await asyncio.sleep(0)

    await start(FIRST)
    before = resident_bytes()
    await start(count)
    grown = resident_bytes() - before
    if any(task.done() for task in tasks):
        raise RuntimeError("an app does not wait")
    await app(make_scope("/open"), receive, send)
    await asyncio.gather(*tasks)
    return grown / 1024 / count


def main():
    sys.path.insert(0, sys.argv[1])
    from waits_for_gate import app

    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    for line in sys.stdin:
        print(json.dumps({"value": loop.run_until_complete(measure(app, int(line)))}), flush=True)


main()

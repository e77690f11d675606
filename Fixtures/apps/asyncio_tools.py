"""A20-A25: uses asyncio in every way that an application may; GET /<probe> answers with the outcome, as JSON."""

import asyncio
import contextvars
import functools
import json
import signal
import subprocess
import sys
import threading

variable = contextvars.ContextVar("variable", default="unset")


async def _double(number):
    await asyncio.sleep(0)
    return number * 2


async def loop(receive):
    running = asyncio.get_running_loop()
    task = asyncio.current_task()
    made = running.create_task(_double(1))
    blocking = functools.partial(lambda: threading.current_thread() is threading.main_thread())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print('from a child')", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return {
        "is_running": running.is_running(),
        "is_task": isinstance(task, asyncio.Task),
        "is_listed": task in asyncio.all_tasks(),
        "created": await made,
        "gathered": await asyncio.gather(_double(1), _double(2)),
        "waited": await asyncio.wait_for(_double(3), 60),
        "thread_is_main": await running.run_in_executor(None, blocking),
        "child": [process.returncode, output.decode().strip()],
        "run": subprocess.run([sys.executable, "-c", "print(6 * 7)"], stdout=subprocess.PIPE).stdout.decode().strip(),
    }


async def anyio(receive):
    import anyio
    from anyio.lowlevel import checkpoint

    results = []

    async def work(number):
        await checkpoint()
        results.append(number)

    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(work, number)
    with anyio.move_on_after(0.001) as scope:
        await anyio.sleep_forever()
    in_thread = await anyio.to_thread.run_sync(lambda: threading.current_thread() is threading.main_thread())
    return {"results": sorted(results), "cancelled": scope.cancel_called, "in_thread": in_thread}


async def timeout(receive):
    """asyncio.timeout (3.11) needs a current task that can be cancelled."""
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    except asyncio.TimeoutError:
        return "timed out"
    return "came to an end"


async def cancel(receive):
    """Cancels the task that the server made; the application catches it."""
    asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return "caught"
    return "went on"


async def awaitables(receive):
    first = await asyncio.wait_for(receive(), 60)
    second = await asyncio.shield(receive())
    third = await asyncio.get_running_loop().create_task(receive())
    fourth, fifth = await asyncio.gather(receive(), receive())
    sixth = await asyncio.ensure_future(receive())
    last = await receive()
    events = (first, second, third, fourth, fifth, sixth, last)
    return [event["body"].decode() for event in events]


async def threads(receive):
    before = signal.getsignal(signal.SIGUSR2)
    caught = []
    signal.signal(signal.SIGUSR2, lambda number, frame: caught.append(threading.current_thread().name))
    signal.raise_signal(signal.SIGUSR2)
    signal.signal(signal.SIGUSR2, before if before is not None else signal.SIG_DFL)
    return {"is_main": threading.current_thread() is threading.main_thread(), "caught": caught}


async def context(receive):
    before = variable.get()
    variable.set("set by a request")
    await asyncio.sleep(0)
    seen_by_task = await asyncio.ensure_future(_variable())
    return {"before": before, "after": variable.get(), "task": seen_by_task}


async def suspended_context(receive):
    """Waits for its body, so that other requests run between its two looks."""
    variable.set("set by the one that waits")
    await receive()
    return variable.get()


async def _variable():
    return variable.get()


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        variable.set("set by lifespan")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    probes = (loop, anyio, timeout, cancel, awaitables, threads, context, suspended_context)
    probe = {each.__name__: each for each in probes}[scope["path"].strip("/")]
    result = await probe(receive)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

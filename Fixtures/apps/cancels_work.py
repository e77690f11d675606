"""Cancelling and timeouts: GET /<probe> answers with the outcome, as JSON.

Functions that are newer than Python 3.8 are replaced by older ones where they are missing.
"""

import asyncio
import json


async def _forever(notes):
    """Notes how it ends."""
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        notes.append("cancelled")
        raise
    finally:
        # What waits while it is cancelled is waited for.
        await asyncio.sleep(0.001)
        notes.append("cleaned up")


async def _outcome(awaitable):
    try:
        return await awaitable
    except asyncio.CancelledError:
        return "CancelledError"
    except asyncio.TimeoutError:
        return "TimeoutError"


async def cancel():
    notes = []
    task = asyncio.ensure_future(_forever(notes))
    await asyncio.sleep(0)
    return [task.cancel(), await _outcome(task), task.cancelled(), task.cancel(), notes]


async def cancel_at_once():
    """A task that never began to run."""
    notes = []
    task = asyncio.get_running_loop().create_task(_forever(notes))
    task.cancel()
    return [await _outcome(task), notes]


async def cancel_sleep():
    task = asyncio.ensure_future(asyncio.sleep(3600))
    asyncio.get_running_loop().call_later(0.005, task.cancel)
    return await _outcome(task)


async def wait_for():
    notes = []
    outcome = await _outcome(asyncio.wait_for(_forever(notes), 0.005))
    return [outcome, notes, await asyncio.wait_for(asyncio.sleep(0, "in time"), 60)]


async def timeout():
    """asyncio.timeout is there from Python 3.11 on."""
    notes = []

    async def limited():
        if not hasattr(asyncio, "timeout"):
            return await asyncio.wait_for(_forever(notes), 0.005)
        async with asyncio.timeout(0.005):
            await _forever(notes)

    return [await _outcome(limited()), notes]


async def timeout_in_time():
    """A timeout after the end of its block cancels nothing."""

    async def limited():
        if not hasattr(asyncio, "timeout"):
            return await asyncio.wait_for(asyncio.sleep(0, "in time"), 0.1)
        async with asyncio.timeout(0.1):
            await asyncio.sleep(0)
        return "in time"

    outcome = await _outcome(limited())
    await asyncio.sleep(0.11)
    return outcome


async def shield():
    notes = []
    inner = asyncio.ensure_future(_forever(notes))
    outcome = await _outcome(asyncio.wait_for(asyncio.shield(inner), 0.005))
    went_on = not inner.done()
    inner.cancel()
    return [outcome, went_on, await _outcome(inner)]


async def gather():
    notes = []
    gathered = asyncio.gather(_forever(notes), _forever(notes))
    asyncio.get_running_loop().call_soon(gathered.cancel)
    outcome = await _outcome(gathered)
    while len(notes) < 4:
        await asyncio.sleep(0)
    return [outcome, sorted(notes)]


async def group():
    """asyncio.TaskGroup is there from Python 3.11 on."""
    notes = []

    async def fail():
        await asyncio.sleep(0)
        raise LookupError("one of the group")

    if not hasattr(asyncio, "TaskGroup"):
        other = asyncio.ensure_future(_forever(notes))
        done, _ = await asyncio.wait([asyncio.ensure_future(fail()), other], return_when=asyncio.FIRST_EXCEPTION)
        other.cancel()
        await _outcome(other)
        return [[str(task.exception()) for task in done], notes]
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_forever(notes))
            group.create_task(fail())
    except BaseException as error:
        return [[str(each) for each in error.exceptions], notes]


async def itself():
    """The task that the server made for this request."""
    asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
    outcome = await _outcome(asyncio.get_running_loop().create_future())
    await asyncio.sleep(0.001)
    return outcome


_probes = (
    cancel,
    cancel_at_once,
    cancel_sleep,
    wait_for,
    timeout,
    timeout_in_time,
    shield,
    gather,
    group,
    itself,
)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

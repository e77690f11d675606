"""Steps the coroutine of its own task, and the awaitables of receive() and send(): GET /<way>/<when>.

<way> is how the step is taken; <when> is `now`, in the first step of the task, or after a wait:
`turn`, a turn of the event loop, or `message`, the request's body.

Answers with the outcomes, as JSON: a list of `result` or `Exception: text`.
"""

import asyncio
import copy
import json
import pickle
import threading


def attempt(function, *arguments):
    try:
        return repr(function(*arguments))
    except BaseException as error:
        return type(error).__name__ + ": " + str(error)


def _own(coroutine):
    return [
        attempt(coroutine.send, None),
        attempt(next, coroutine),
        attempt(coroutine.throw, ValueError("thrown")),
        attempt(coroutine.close),
    ]


async def own(coroutine, receive, send):
    """From the inside of a step."""
    return _own(coroutine)


async def thread(coroutine, receive, send):
    """From another thread, while a step is taken."""
    outcomes = []
    other = threading.Thread(target=lambda: outcomes.extend(_own(coroutine)))
    other.start()
    other.join()
    return outcomes


async def waiting_thread(coroutine, receive, send):
    """From another thread, while the application waits."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def start():
        work = loop.run_in_executor(None, _own, coroutine)
        work.add_done_callback(lambda work: done.set_result(work.result()))

    # In a turn of its own: the thread could otherwise come before the application waits.
    loop.call_soon(start)
    return await done


async def other_task(coroutine, receive, send):
    """From another task, while the application waits for it."""

    async def drive():
        return _own(coroutine)

    return await asyncio.ensure_future(drive())


async def callback(coroutine, receive, send):
    """From a callback of the event loop, while the application waits for it."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_soon(lambda: done.set_result(_own(coroutine)))
    return await done


async def awaits_itself(coroutine, receive, send):
    try:
        await coroutine
    except BaseException as error:
        return [type(error).__name__ + ": " + str(error)]


async def awaited_by_another(coroutine, receive, send):
    async def wait():
        await coroutine

    task = asyncio.ensure_future(wait())
    await asyncio.wait([task])
    return [type(task.exception()).__name__ + ": " + str(task.exception())]


async def message(coroutine, receive, send):
    """What receive() gives is asked again while it waits, and afterwards."""
    while (await receive())["more_body"]:
        pass
    # Nothing more comes as long as the client stays.
    waits = receive()
    waits.send(None)
    again = attempt(waits.throw, ValueError("thrown"))
    return [again, attempt(waits.send, None), attempt(waits.close), attempt(waits.throw, KeyError("late"))]


async def makes(coroutine, receive, send):
    """Makes objects of the host's types by every way that Python knows."""
    outcomes = []
    for thing in (coroutine, receive()):
        kind = type(thing)
        for make in (
            kind,
            lambda: kind.__new__(kind),
            lambda: object.__new__(kind),
            lambda: copy.copy(thing),
            lambda: copy.deepcopy(thing),
            lambda: pickle.loads(pickle.dumps(thing)),
            lambda: type("Derived", (kind,), {}),
            lambda: setattr(thing, "__class__", object),
            lambda: setattr(thing, "anything", 1),
        ):
            outcomes.append(attempt(make).partition(":")[0])
    return sorted(set(outcomes))


async def unmade(coroutine, receive, send):
    """Python 3.8 and 3.9 let a class be changed so that it makes uninitialized objects."""
    outcomes = []
    for thing in (coroutine, receive()):
        kind = type(thing)
        try:
            kind.__new__ = lambda cls: object.__new__(cls)
        except TypeError:
            continue
        try:
            for use in ("send", "throw", "close"):
                made = kind()
                argument = {"send": (None,), "throw": (KeyError("thrown"),), "close": ()}[use]
                outcomes.append(attempt(getattr(made, use), *argument).partition(":")[0])
            outcomes.append(attempt(getattr, kind(), "cr_frame").partition(":")[0])
        finally:
            del kind.__new__
    return sorted(set(outcomes))


async def exchanged(coroutine, receive, send):
    """The class of one of the host's objects is exchanged for another's."""
    waits = receive()
    outcomes = []
    for thing, kind in ((waits, type(coroutine)), (coroutine, type(waits)), (waits, type(receive))):
        outcomes.append(attempt(setattr, thing, "__class__", kind).partition(":")[0])
    return sorted(set(outcomes))


kept = []


async def keeps(coroutine, receive, send):
    """For `ended`."""
    kept.append((coroutine, receive()))
    return []


async def ended(_, receive, send):
    """When its task is over and its request answered."""
    coroutine, waits = kept.pop()
    await asyncio.sleep(0)
    return [*_own(coroutine), attempt(getattr, coroutine, "cr_frame").partition(":")[0], attempt(waits.close)]


async def looks(coroutine, receive, send):
    """Every attribute of the host's objects."""
    for thing in (coroutine, receive(), receive, send, receive.__self__):
        for name in [*dir(thing), "cr_frame", "cr_await", "cr_running", "cr_code", "cr_origin", "nothing"]:
            attempt(getattr, thing, name)

    class Name(str):
        def __hash__(self):
            attempt(coroutine.close)
            return str.__hash__(self)

        def __eq__(self, other):
            attempt(coroutine.send, None)
            return str.__eq__(self, other)

    return [attempt(getattr, coroutine, Name("cr_running"))]


async def idle(coroutine, receive, send):
    """Every other task of the event loop, the one that waits for requests among them."""
    outcomes = set()
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task() and type(task.get_coro()) is type(coroutine):
            outcomes.update(_own(task.get_coro()))
    return sorted(outcomes)


WAYS = {
    each.__name__: each
    for each in (
        own,
        thread,
        waiting_thread,
        other_task,
        callback,
        awaits_itself,
        awaited_by_another,
        message,
        makes,
        unmade,
        exchanged,
        keeps,
        ended,
        looks,
        idle,
    )
}


def coroutine_of(task):
    # Python 3.8 and later have it.
    return task.get_coro()


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    _, way, when = scope["path"].split("/")
    if when == "turn":
        await asyncio.sleep(0)
    if when == "message":
        while (await receive())["more_body"]:
            pass
    outcomes = await WAYS[way](coroutine_of(asyncio.current_task()), receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(outcomes).encode()})

"""Each request leaves a trace on its task, by its path, and says which traces of others it has found there.

/ended says how many done callbacks have run. The other paths are names of traces.
"""

import asyncio
import contextvars
import weakref

VARIABLE = contextvars.ContextVar("variable")
DEFAULTED = contextvars.ContextVar("defaulted", default="none")
KEPT = []
WEAK = weakref.WeakKeyDictionary()
ENDED = []
STATE = {}


def strong(task):
    KEPT.append(task)


def weak(task):
    WEAK[task] = True


def state(task):
    # As libraries do that keep something for each task, and give it up when the task is done.
    STATE[id(task)] = task.get_name()
    task.add_done_callback(lambda task: STATE.pop(id(task)))


def variable(task):
    VARIABLE.set("left")
    DEFAULTED.set("left")


def callback(task):
    task.add_done_callback(lambda task: ENDED.append("callback"))


def cancel(task):
    task.cancel()


def name(task):
    task.set_name("left")


def attribute(task):
    task.trace = "left"


def raising(task):
    raise ValueError("left")


def exiting(task):
    raise SystemExit("left")


def nothing(task):
    pass


async def waiting(task):
    await asyncio.sleep(0)


TRACES = {
    function.__name__: function
    for function in (strong, weak, state, variable, callback, cancel, name, attribute, raising, exiting, nothing, waiting)
}


def found(task):
    """What a task has that a new one would not have."""
    traces = []
    if any(task is kept for kept in KEPT):
        traces.append("strong")
    if task in WEAK:
        traces.append("weak")
    if id(task) in STATE:
        traces.append("state")
    if VARIABLE.get(None) is not None or DEFAULTED.get() != "none":
        traces.append("variable")
    if task.get_name() == "left":
        traces.append("name")
    if hasattr(task, "trace"):
        traces.append("attribute")
    if hasattr(task, "cancelling") and task.cancelling():
        traces.append("cancel")
    return traces


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    task = asyncio.current_task()
    assert task in asyncio.all_tasks()
    assert task.get_name() == "asgi"
    traces = found(task)
    path = scope["path"][1:]
    trace = None
    if path == "ended":
        body = ",".join(ENDED)
    else:
        body = ",".join(traces)
        trace = TRACES[path](task)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
    if trace is not None:
        await trace
        assert asyncio.current_task() is task
        assert found(task) == traces

"""Each request leaves a trace on its task, by its path, and says which traces of others it has found there."""

import asyncio
import contextvars
import weakref

VARIABLE = contextvars.ContextVar("variable")
DEFAULTED = contextvars.ContextVar("defaulted", default="none")
KEPT = []
WEAK = weakref.WeakKeyDictionary()
ENDED = []


def strong(task):
    KEPT.append(task)


def weak(task):
    WEAK[task] = True


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
    for function in (strong, weak, variable, callback, cancel, name, attribute, raising, exiting, nothing, waiting)
}


def found(task):
    """What a task has that a new one would not have."""
    traces = []
    if any(task is kept for kept in KEPT):
        traces.append("strong")
    if task in WEAK:
        traces.append("weak")
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
    traces = found(task)
    if scope["path"] == "/ended":
        traces = ENDED
    body = ",".join(traces).encode()
    trace = TRACES[scope["path"][1:]](task) if scope["path"] != "/ended" else None
    # The frame that waits belongs to one request.
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
    if trace is not None:
        await trace
        assert asyncio.current_task() is task
        assert found(task) == traces

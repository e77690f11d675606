"""Each request leaves a trace on its task, by its path, and says which traces of others it has found there.

/later/<trace> leaves it behind its end, on all tasks of requests that are there then; /left says how often that was done,
and /ended how many done callbacks have run. The other paths are names of traces.
"""

import asyncio
import contextvars
import json
import weakref

VARIABLE = contextvars.ContextVar("variable")
DEFAULTED = contextvars.ContextVar("defaulted", default="none")
KEPT = []
WEAK = weakref.WeakKeyDictionary()
ENDED = []
LEFT = []


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


def leave_later(trace):
    """Leaves a trace on the tasks that wait for requests."""
    tasks = [task for task in asyncio.all_tasks(LOOP[0]) if task.get_name() == "asgi"]
    for task in tasks:
        if trace != "variable":
            TRACES[trace](task)
        elif hasattr(task, "get_context"):
            task.get_context().run(variable, task)
    LEFT.append(len(tasks))


LOOP = []


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    LOOP[:] = [asyncio.get_running_loop()]
    task = asyncio.current_task()
    assert task in asyncio.all_tasks()
    assert task.get_name() in ("asgi", "left")
    traces = found(task)
    path, _, later = scope["path"][1:].partition("/")
    trace = None
    if path == "ended":
        body = ",".join(ENDED)
    elif path == "left":
        body = json.dumps({"left": LEFT, "found": traces})
    else:
        body = ",".join(traces)
        if later:
            # Not a copy of this task's context, which would be a trace of its own.
            LOOP[0].call_soon(leave_later, later, context=contextvars.Context())
        else:
            trace = TRACES[path](task)
    # The frame that waits belongs to one request.
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
    if trace is not None:
        await trace
        assert asyncio.current_task() is task
        assert found(task) == traces

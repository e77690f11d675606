"""Changes state of the whole process: GET /<what> answers with the outcome, as JSON."""

import asyncio
import faulthandler
import gc
import io
import json
import os
import signal
import sys
import threading
import time
import warnings

_kept = []


def low_recursion_limit():
    sys.setrecursionlimit(120)


def recurse():
    recurse()


def collector_off():
    gc.disable()
    return gc.collect() >= 0


def collector_eager():
    gc.set_threshold(1, 1, 1)


class Remains:
    """Raises when it is freed."""

    def __init__(self, error):
        self.error = error

    def __del__(self):
        raise self.error


def raise_in_del():
    for error in (ValueError("in __del__"), SystemExit(3), KeyboardInterrupt()):
        Remains(error)


def faulthandler_on():
    # Into a file of its own, because stderr must stay empty.
    _kept.append(open(os.devnull, "w"))
    faulthandler.enable(_kept[-1])


def warnings_are_errors():
    warnings.simplefilter("error")


def warn():
    warnings.warn("as an error", stacklevel=1)


def forget_coroutine():
    """A coroutine that is never awaited."""
    asyncio.sleep(0)
    gc.collect()


def close_stdout():
    sys.stdout.close()


class Refusing(io.StringIO):
    """A stream that cannot be written to, nor flushed."""

    def write(self, text):
        raise SystemExit("write")

    def flush(self):
        raise SystemExit("flush")


def replace_streams():
    sys.stdout = sys.stderr = Refusing()


def no_streams():
    sys.stdout = sys.stderr = None


def change_folder():
    os.chdir("/")
    return os.getcwd()


def change_environment():
    os.environ["PYTHON_NODE_FAULT"] = "set in Python"
    os.environ.pop("PATH")
    os.environ.clear()


def forget_json():
    sys.modules["json"] = None


def forget_traceback():
    sys.modules["traceback"] = None


def forget_asyncio():
    for name in [name for name in sys.modules if name.partition(".")[0] in ("asyncio", "logging", "contextvars")]:
        _kept.append(sys.modules.pop(name))


def break_hooks():
    def fail(*_):
        raise LookupError("in a hook")

    sys.excepthook = sys.unraisablehook = threading.excepthook = fail


def exit_in_a_thread():
    for argument in (None, 3, "text"):
        thread = threading.Thread(target=sys.exit, args=(argument,))
        thread.start()
        thread.join()


def raise_in_a_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()


def interrupt_is_pythons():
    signal.signal(signal.SIGINT, lambda *_: _kept.append("interrupted"))


def interrupted():
    return _kept.count("interrupted")


def interrupt_is_an_exception():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def trace_everything():
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)


def break_trace():
    def fail(*_):
        raise LookupError("in a profile function")

    sys.setprofile(fail)


async def many_threads():
    """500 threads of the executor at once."""
    from concurrent.futures import ThreadPoolExecutor

    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(500))
    gate = threading.Event()
    reached = threading.Semaphore(0)

    def work(number):
        reached.release()
        gate.wait(60)
        return number

    works = [loop.run_in_executor(None, work, number) for number in range(500)]
    for _ in range(500):
        while not reached.acquire(blocking=False):
            await asyncio.sleep(0.001)
    gate.set()
    return sum(await asyncio.gather(*works))


def switch_rarely():
    sys.setswitchinterval(5)


def hold_gil():
    """One call of C that keeps the GIL for long."""
    begin = time.monotonic()
    while time.monotonic() - begin < 1:
        3 ** 400000
    return time.monotonic() - begin >= 1


def raise_plainly():
    raise ValueError("plainly")


def nothing():
    """Answers."""


_kinds = {name: value for name, value in globals().items() if getattr(value, "__module__", "") == __name__}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    answer = _kinds[scope["path"].strip("/")]()
    if hasattr(answer, "__await__"):
        answer = await answer
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

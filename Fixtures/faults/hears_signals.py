"""Listens to signals beside Node: GET /<what> answers with the outcome, as JSON."""

import asyncio
import json
import os
import signal
import socket
import time

_previous = {}


def _hear(number, frame):
    """Says in the environment, where Node sees it, how often Python has heard a signal."""
    os.environ["PYTHON_NODE_HEARD"] = str(int(os.environ.get("PYTHON_NODE_HEARD", "0")) + 1)


def _hear_and_pass_on(number, frame):
    _hear(number, frame)
    _previous[number](number, frame)


def listen():
    _previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, _hear)


def listen_and_pass_on():
    _previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, _hear_and_pass_on)
    return callable(_previous[signal.SIGTERM])


def restore():
    """As libraries do that listen for a while."""
    signal.signal(signal.SIGTERM, _previous[signal.SIGTERM])
    return signal.getsignal(signal.SIGTERM) is _previous[signal.SIGTERM]


def listen_no_more():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def save_all():
    """Every signal's handler can be set to what it is."""
    for number in sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}):
        handler = signal.getsignal(number)
        if handler is not None:
            previous = signal.signal(number, handler)
            assert previous is handler or previous == handler, number
            found = signal.getsignal(number)
            assert found is handler or found == handler, number
    return [signal.getsignal(number) is None for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)]


async def loop_handlers():
    """The event loop's own way to listen, and to stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        heard = asyncio.Event()
        loop.add_signal_handler(number, heard.set)
        os.kill(os.getpid(), number)
        await asyncio.wait_for(heard.wait(), 10)
        loop.remove_signal_handler(number)
        assert signal.getsignal(number) is before, number


class TooLate(Exception):
    """The time is over."""


def _limited(work):
    """What decorators do that limit a function's time."""

    def expire(number, frame):
        raise TooLate

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        work()
    except TooLate:
        return "interrupted"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return "not interrupted"


def limited():
    one, other = socket.socketpair()
    reading, writing = os.pipe()
    blocking = [lambda: time.sleep(60), lambda: one.recv(1), lambda: os.read(reading, 1)]
    outcomes = [_limited(work) for work in blocking]
    for each in (one, other):
        each.close()
    os.close(reading)
    os.close(writing)
    return outcomes


def notice_children():
    """A signal that tells of something, and that Node listens to because of a child of its own."""
    _previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _hear)


def notice_no_children():
    signal.signal(signal.SIGCHLD, _previous[signal.SIGCHLD])


_kinds = {name: value for name, value in globals().items() if getattr(value, "__module__", "") == __name__}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    answer = _kinds[scope["path"].strip("/")]()
    if hasattr(answer, "__await__"):
        answer = await answer
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

"""Starts processes in every way: GET /<what> answers with the outcome, as JSON."""

import asyncio
import concurrent.futures
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

_kept = []


def square(number):
    return number * number


def _forked(child):
    """How a forked child ends that does this."""
    process = os.fork()
    if process == 0:
        child()
        os._exit(9)
    return os.waitpid(process, 0)[1]


async def fork():
    return [_forked(lambda: os._exit(code)) >> 8 for code in (0, 5)]


async def fork_often():
    return [_forked(lambda: os._exit(0)) for _ in range(50)] == [0] * 50


async def fork_and_work():
    """The child uses what needs locks: imports, logging, threads."""

    def child():
        import decimal
        import logging

        logging.getLogger("child").debug(decimal.Decimal(1))
        thread = threading.Thread(target=square, args=(2,))
        thread.start()
        thread.join()
        os._exit(6)

    return _forked(child) >> 8


async def fork_in_a_thread():
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: _forked(lambda: os._exit(7)) >> 8)


async def fork_and_exit():
    """The child ends as programs do, by SystemExit; the parent does not wait for it here."""
    process = os.fork()
    if process == 0:
        sys.exit(4)
    _kept.append(process)
    return process


async def child_ended():
    """How that child has ended, within five seconds."""
    for _ in range(500):
        process, status = os.waitpid(_kept[-1], os.WNOHANG)
        if process != 0:
            return status >> 8
        await asyncio.sleep(0.01)
    return None


async def run():
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], stdout=subprocess.PIPE)
    return [done.returncode, done.stdout.decode().strip()]


async def processes():
    """One child of each way that multiprocessing has."""
    answers = []
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        child = context.Process(target=_answer_to, args=(queue,))
        child.start()
        answers.append(queue.get())
        child.join()
        answers.append(child.exitcode)
    return answers


def _answer_to(queue):
    queue.put("from the child")


async def shell():
    """Children that have the streams of this process: how they end."""
    said = os.system("echo said by a shell")
    failed = subprocess.run(["sh", "-c", "echo said by another >&2"]).returncode
    # A file that a child opens must not get the number of a stream.
    probe = "import os, sys; print('said by Python'); sys.exit(os.open(os.devnull, os.O_RDONLY) < 3)"
    return [said, failed, subprocess.run([sys.executable, "-c", probe]).returncode]


def _sleep():
    time.sleep(3600)


async def terminated():
    """How children end that are told to, in each way that the standard library has."""
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_sleep)
    child.start()
    child.terminate()
    child.join()
    with context.Pool(2) as workers:
        squares = workers.map(square, range(4))
    workers.join()
    return [child.exitcode, squares]


async def signalled():
    """By which signal a forked child ends that gets it, or the code that it ends with: it may catch SIGINT."""

    def end_by(number):
        beginning, begun = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.write(begun, b"x")
                # Short sleeps: a handler runs between two, also for a signal that came just before the sleep began.
                while True:
                    time.sleep(0.05)
            except KeyboardInterrupt:
                os._exit(8)
        os.read(beginning, 1)
        os.close(beginning)
        os.close(begun)
        os.kill(process, number)
        _, status = os.waitpid(process, 0)
        return status >> 8 if os.WIFEXITED(status) else -os.WTERMSIG(status)

    kinds = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1)
    return {signal.Signals(kind).name: end_by(kind) for kind in kinds}


async def handled():
    """A signal for which this process has a handler: a forked child has it too, and its parent hears nothing."""
    heard = []
    previous = signal.signal(signal.SIGUSR2, lambda *_: heard.append("USR2"))

    def child():
        os.kill(os.getpid(), signal.SIGUSR2)
        os._exit(len(heard))

    code = _forked(child) >> 8
    code_of_thread = await asyncio.get_running_loop().run_in_executor(None, lambda: _forked(child) >> 8)
    signal.signal(signal.SIGUSR2, previous)
    return [code, code_of_thread, heard]


async def pool():
    """Left open, as most programs do."""
    _kept.append(concurrent.futures.ProcessPoolExecutor(2))
    return await asyncio.get_running_loop().run_in_executor(_kept[-1], square, 7)


async def pool_closed():
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, square, 8)


async def daemon():
    """A child that a program ends at its own end."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,), daemon=True)
    child.start()
    return child.pid > 0


_kinds = {
    each.__name__: each
    for each in (
        fork,
        fork_often,
        fork_and_work,
        fork_in_a_thread,
        fork_and_exit,
        child_ended,
        run,
        shell,
        terminated,
        signalled,
        handled,
        processes,
        pool,
        pool_closed,
        daemon,
    )
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    answer = await _kinds[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

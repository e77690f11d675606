"""Child processes and signals: GET /<probe> answers with the outcome, as JSON."""

import asyncio
import json
import os
import signal
import subprocess
import sys

PIPE = asyncio.subprocess.PIPE
SHOUT = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stderr.write('said'); sys.exit(3)"
ECHO = "import sys\nfor line in sys.stdin: print(line.strip() * 2, flush=True)"


def _start(program, **pipes):
    return asyncio.create_subprocess_exec(sys.executable, "-c", program, **pipes)


async def output():
    child = await _start(SHOUT, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    stdout, stderr = await child.communicate(b"text")
    return [child.returncode, stdout.decode(), stderr.decode()]


async def shell():
    child = await asyncio.create_subprocess_shell("echo out; exit 5", stdout=PIPE)
    stdout, _ = await child.communicate()
    return [child.returncode, stdout.decode()]


async def many():
    children = await asyncio.gather(*(_start("import sys; sys.exit(%d)" % code) for code in range(6)))
    return await asyncio.gather(*(child.wait() for child in children))


async def talk():
    child = await _start(ECHO, stdin=PIPE, stdout=PIPE)
    said = []
    for word in (b"one\n", b"two\n"):
        child.stdin.write(word)
        await child.stdin.drain()
        said.append((await child.stdout.readline()).decode().strip())
    child.stdin.close()
    return [await child.wait(), said]


async def large():
    """More than a pipe holds, both ways at once."""
    child = await _start("import sys; sys.stdout.write(sys.stdin.read())", stdin=PIPE, stdout=PIPE)
    stdout, _ = await child.communicate(b"0123456789" * 100000)
    return [child.returncode, stdout == b"0123456789" * 100000]


async def terminated():
    child = await _start("import time; print('up', flush=True); time.sleep(3600)", stdout=PIPE)
    await child.stdout.readline()
    child.terminate()
    return -await child.wait() == signal.SIGTERM


async def blocking():
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], stdout=subprocess.PIPE)
    return [done.returncode, done.stdout.decode().strip()]


async def signals():
    """Node uses SIGUSR1 itself, but not SIGUSR2."""
    loop = asyncio.get_running_loop()
    caught = asyncio.Semaphore(0)
    loop.add_signal_handler(signal.SIGUSR2, caught.release)
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGUSR2)
        await caught.acquire()
    return [loop.remove_signal_handler(signal.SIGUSR2), loop.remove_signal_handler(signal.SIGUSR2)]


_probes = (output, shell, many, talk, large, terminated, blocking, signals)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

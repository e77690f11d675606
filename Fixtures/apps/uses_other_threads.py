"""Hands receive() and send() to threads that do not run their event loop, and changes messages while they are read."""

import asyncio
import gc
import json
import threading


def drive(coroutine):
    """Takes the first step of a coroutine; tells how that went."""
    try:
        coroutine.send(None)
    except StopIteration:
        return 'completed'
    except BaseException as error:
        return f'{type(error).__name__}: {error}'
    return 'waits'


def in_thread(function, *args):
    """What a function gives, or raises, in a thread of its own."""
    told = []

    def run():
        try:
            told.append(function(*args))
        except BaseException as error:
            told.append(f'{type(error).__name__}: {error}')

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return told[0]


async def answer(send, value):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': json.dumps(value).encode()})


def fight(change, stop):
    while not stop.is_set():
        change()


async def changing(send):
    """Sends heads whose list of headers another thread changes all along, then a body of a changing message."""
    headers = [[b'x-many', b'1'] for _ in range(8)]
    message = {'type': 'http.response.body', 'body': b'', 'more_body': True}
    stop = threading.Event()

    def change():
        headers.append([b'x-more', b'2'])
        headers[0][:] = [b'x-' + b'a' * 40, b'3' * 40]
        headers.pop()
        message['body'] = bytes(64)
        message.pop('body', None)
        message['extra'] = [None]
        message.pop('extra', None)

    threads = [threading.Thread(target=fight, args=(change, stop)) for _ in range(2)]
    for thread in threads:
        thread.start()
    refused = 0
    try:
        for number in range(200):
            try:
                # Refused: it was started already.
                await send({'type': 'http.response.start', 'status': 200, 'headers': headers})
            except (RuntimeError, ValueError, TypeError, IndexError, KeyError):
                refused += 1
            try:
                await send(message)
            except (RuntimeError, ValueError, TypeError, IndexError, KeyError):
                refused += 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    await send({'type': 'http.response.body', 'body': b'\nend'})


async def dropped(receive):
    """Leaves a task that waits in receive() to the collector of another thread."""
    async def wait():
        await receive()

    waiting = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    try:
        await waiting
    except asyncio.CancelledError:
        pass
    coroutine = receive()
    cycle = [coroutine]
    cycle.append(cycle)
    del coroutine, cycle, waiting
    return in_thread(gc.collect) >= 0


async def app(scope, receive, send):
    path = scope['path']
    if path == '/send':
        message = {'type': 'http.response.body', 'body': b'x', 'more_body': True}
        await answer(send, in_thread(lambda: drive(send(message))))
    elif path == '/receive':
        await answer(send, in_thread(lambda: drive(receive())))
    elif path == '/step':
        # Made here, awaited there.
        awaitable = receive()
        told = in_thread(drive, awaitable)
        await answer(send, [told, (await receive())['type']])
    elif path == '/changing':
        await changing(send)
    elif path == '/dropped':
        await answer(send, await dropped(receive))
    else:
        await answer(send, None)

"""Tells which event loop serves a request, works in it, and notes what the lifespans do."""

import asyncio
import json
import os
import sys
import threading

from anyio import sleep_forever

# What the lifespans of all loops have done, with the threads they ran in.
notes = []
imports = []
imports.append(threading.get_ident())


def note(what):
    notes.append([what, threading.get_ident()])
    path = os.environ.get('LIFESPAN_NOTES')
    if path:
        with open(path, 'a') as file:
            file.write(f'{what} {threading.get_ident()}\n')


def work(seconds):
    """Computes in pure Python for about as long."""
    import time

    end = time.thread_time() + seconds
    count = 0
    while time.thread_time() < end:
        for number in range(200):
            count += number * number
    return count


async def lifespan(scope, receive, send):
    await receive()
    if os.environ.get('FAILS_ON_SECOND') and notes:
        await send({'type': 'lifespan.startup.failed', 'message': 'one loop is enough'})
        return
    scope['state']['thread'] = threading.get_ident()
    scope['state']['loop'] = id(asyncio.get_running_loop())
    note('started')
    await send({'type': 'lifespan.startup.complete'})
    await receive()
    note('stopped')
    await send({'type': 'lifespan.shutdown.complete'})


async def answer(send, value):
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': json.dumps(value).encode()})


def tell(scope):
    state = scope.get('state')
    return {
        'thread': threading.get_ident(),
        'loop': id(asyncio.get_running_loop()),
        'state': state,
        'imports': imports,
        'notes': list(notes),
        'gil': getattr(sys, '_is_gil_enabled', lambda: True)(),
    }


async def stream(scope, receive, send):
    """Echoes the body chunk by chunk; says in the last one whether all was done on one thread."""
    first = threading.get_ident()
    same = True
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    while True:
        message = await receive()
        if message['type'] == 'http.disconnect':
            return
        await asyncio.sleep(0)
        same = same and threading.get_ident() == first
        await send({'type': 'http.response.body', 'body': message.get('body', b''), 'more_body': True})
        if not message.get('more_body'):
            break
    await send({'type': 'http.response.body', 'body': b' same' if same else b' other'})


async def socket(receive, send):
    first = threading.get_ident()
    await receive()
    await send({'type': 'websocket.accept'})
    while True:
        message = await receive()
        if message['type'] == 'websocket.disconnect':
            return
        await asyncio.sleep(0)
        text = message.get('text')
        await send({'type': 'websocket.send', 'text': text if threading.get_ident() == first else 'another thread'})


async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        await lifespan(scope, receive, send)
    elif scope['type'] == 'websocket':
        await socket(receive, send)
    elif scope['path'] == '/stream':
        await stream(scope, receive, send)
    elif scope['path'] == '/work':
        await receive()
        work(0.002)
        await answer(send, None)
    elif scope['path'] == '/blocks':
        work(0.5)
        await answer(send, tell(scope))
    elif scope['path'] == '/waits':
        await asyncio.sleep(0.05)
        await answer(send, tell(scope))
    elif scope['path'] == '/never':
        await sleep_forever()
    else:
        await answer(send, tell(scope))

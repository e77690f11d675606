"""Sockets, pipes and descriptors of the application's own: GET /<probe> answers with the outcome, as JSON.

/listen and /hang_up start and end a server that echoes lines.
"""

import asyncio
import json
import os
import socket
import tempfile
import threading
import time

_listening = []


async def _echo(reader, writer):
    while True:
        data = await reader.read(65536)
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.close()


async def _ask(reader, writer, data):
    """Sends it, and reads as much."""
    writer.write(data)
    answer, _ = await asyncio.gather(reader.readexactly(len(data)), writer.drain())
    writer.close()
    await writer.wait_closed()
    return answer


async def _stop(server):
    server.close()
    await server.wait_closed()


async def streams():
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    data = b"0123456789" * 100000
    large = await _ask(*await asyncio.open_connection("127.0.0.1", port), data)

    async def client(number):
        return await _ask(*await asyncio.open_connection("127.0.0.1", port), b"%d" % number)

    many = await asyncio.gather(*(client(number) for number in range(20)))
    await _stop(server)
    return [large == data, many == [b"%d" % number for number in range(20)]]


async def refused():
    """A connection to a port that was just closed is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    try:
        await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return "refused"


async def unix():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "socket")
        server = await asyncio.start_unix_server(_echo, path)
        answer = await _ask(*await asyncio.open_unix_connection(path), b"over a path")
        await _stop(server)
    return answer.decode()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer
        self.received = asyncio.Queue()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.answer:
            self.transport.sendto(data.upper(), address)
        self.received.put_nowait(data)


async def udp():
    loop = asyncio.get_running_loop()
    here, server = await loop.create_datagram_endpoint(lambda: _Datagrams(True), ("127.0.0.1", 0))
    there, client = await loop.create_datagram_endpoint(
        lambda: _Datagrams(False), remote_addr=here.get_extra_info("sockname")
    )
    answers = []
    for word in (b"one", b"two"):
        there.sendto(word)
        answers.append((await client.received.get()).decode())
    here.close()
    there.close()
    return answers


async def reader():
    """A thread writes into a pipe while the event loop has nothing else to do."""
    loop = asyncio.get_running_loop()
    readable, writable = os.pipe()
    arrived = asyncio.Queue()
    loop.add_reader(readable, lambda: arrived.put_nowait(os.read(readable, 1)))

    def write():
        for character in b"abc":
            time.sleep(0.005)
            os.write(writable, bytes([character]))

    thread = threading.Thread(target=write)
    thread.start()
    got = [(await arrived.get()).decode() for _ in range(3)]
    thread.join()
    removed = [loop.remove_reader(readable), loop.remove_reader(readable)]
    # The reader was removed, so data written now stays unread.
    os.write(writable, b"d")
    await asyncio.sleep(0.005)
    got.append(os.read(readable, 1).decode())
    os.close(readable)
    os.close(writable)
    return {"got": got, "removed": removed, "more": arrived.qsize()}


async def writer():
    """A pipe that is full tells when there is room again."""
    loop = asyncio.get_running_loop()
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    filled = 0
    try:
        while True:
            filled += os.write(writable, b"x" * 65536)
    except BlockingIOError:
        room = loop.create_future()
    loop.add_writer(writable, lambda: room.done() or room.set_result("room"))
    await asyncio.sleep(0.005)
    before = room.done()
    loop.call_later(0.005, os.read, readable, 65536)
    answer = await room
    removed = [loop.remove_writer(writable), loop.remove_writer(writable)]
    os.close(readable)
    os.close(writable)
    return {"filled": filled > 0, "before": before, "answer": answer, "removed": removed}


async def pair():
    loop = asyncio.get_running_loop()
    one, other = socket.socketpair()
    with one, other:
        one.setblocking(False)
        other.setblocking(False)
        received, _ = await asyncio.gather(loop.sock_recv(other, 5), loop.sock_sendall(one, b"hello"))
    return received.decode()


async def pipes():
    loop = asyncio.get_running_loop()
    readable, writable = os.pipe()
    reader = asyncio.StreamReader()
    incoming, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(readable, "rb", 0)
    )
    outgoing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writable, "wb", 0))
    outgoing.write(b"through a pipe")
    outgoing.close()
    text = await reader.read()
    incoming.close()
    return text.decode()


async def names():
    found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    return [address[4] for address in found]


async def listen():
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    _listening.append(server)
    return server.sockets[0].getsockname()[1]


async def hang_up():
    await _stop(_listening.pop())


_probes = (streams, refused, unix, udp, reader, writer, pair, pipes, names, listen, hang_up)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    result = await {each.__name__: each for each in _probes}[scope["path"].strip("/")]()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})

"""Formats, protocols, event loops, the process."""


def orjson():
    import orjson

    assert orjson.loads(orjson.dumps({"n": [1, 2.5, "ü"]})) == {"n": [1, 2.5, "ü"]}


def ujson():
    import ujson

    assert ujson.loads(ujson.dumps({"n": [1, 2.5]})) == {"n": [1, 2.5]}


def msgpack():
    import msgpack

    assert msgpack.unpackb(msgpack.packb({"n": [1, 2.5]})) == {"n": [1, 2.5]}


def PyYAML():
    import yaml

    assert yaml.load("n: [1, 2]", Loader=yaml.CSafeLoader) == {"n": [1, 2]}


def protobuf():
    from google.protobuf import struct_pb2
    from google.protobuf.internal import api_implementation

    assert api_implementation.Type() == "upb"
    message = struct_pb2.Struct()
    message.update({"n": 1})
    assert struct_pb2.Struct.FromString(message.SerializeToString())["n"] == 1


def grpcio():
    import tempfile
    from concurrent.futures import ThreadPoolExecutor

    import grpc
    import local_server

    class Echo(grpc.GenericRpcHandler):
        def service(self, details):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

    with tempfile.TemporaryDirectory() as folder:
        key, certificate = (open(file, "rb").read() for file in local_server.make_certificate(folder))
    server = grpc.server(ThreadPoolExecutor(2), [Echo()])
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    server.start()
    with grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(certificate)) as channel:
        assert channel.unary_unary("/any/Echo")(b"text", timeout=20) == b"text"
    server.stop(None).wait()


def pydantic():
    import pydantic

    class Item(pydantic.BaseModel):
        name: str
        url: pydantic.AnyUrl

    item = Item.model_validate_json('{"name": "tea", "url": "https://exämple.org/x"}')
    assert item.url.host == "xn--exmple-cua.org"


def httptools():
    import httptools

    seen = []

    class Protocol:
        def on_url(self, url):
            seen.append(url)

    httptools.HttpRequestParser(Protocol()).feed_data(b"GET /path HTTP/1.1\r\nHost: x\r\n\r\n")
    assert seen == [b"/path"]


async def uvloop():
    import asyncio
    import threading

    import uvloop

    # Of the server's own loop, which is uvloop's where it has a thread of its own.
    child = await asyncio.create_subprocess_exec("/usr/bin/env", env={"ONLY": "this"}, stdout=-1)
    assert (await child.communicate())[0] == b"ONLY=this\n"
    results = []

    def run():
        loop = uvloop.new_event_loop()
        results.extend(loop.run_until_complete(loop.getaddrinfo("127.0.0.1", 80)))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    await asyncio.get_running_loop().run_in_executor(None, thread.join)
    assert results


def gevent():
    import threading

    import gevent

    results = []

    def run():
        jobs = [gevent.spawn(lambda number: gevent.sleep(0.01) or number, number) for number in range(10)]
        gevent.joinall(jobs, timeout=20)
        results.extend(job.value for job in jobs)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert results == list(range(10))


def greenlet():
    import greenlet

    child = greenlet.greenlet(lambda number: greenlet.getcurrent().parent.switch(number + 1))
    assert child.switch(1) == 2


def pyzmq():
    import zmq

    with zmq.Context() as context, context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as other:
        one.bind("inproc://pair")
        other.connect("inproc://pair")
        one.send(b"text")
        assert other.recv() == b"text"
        assert zmq.has("curve")


def cffi():
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("size_t strlen(const char *);")
    assert ffi.dlopen(None).strlen(b"text") == 4


def psutil():
    import psutil

    assert psutil.Process().memory_info().rss > 1000000


def watchfiles():
    import tempfile

    import watchfiles

    with tempfile.TemporaryDirectory() as folder:
        assert next(watchfiles.watch(folder, rust_timeout=10, yield_on_timeout=True)) == set()


def rpds_py():
    import rpds

    assert rpds.HashTrieMap({"a": 1}).insert("b", 2)["b"] == 2

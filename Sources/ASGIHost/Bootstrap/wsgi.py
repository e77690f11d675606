"""Runs WSGI applications (PEP 3333) with the package a2wsgi, and adds what it lacks."""

import asyncio
import io
import sys


class WSGIApplication:
    """A WSGI application as an ASGI application; a2wsgi runs it in threads and makes its environ."""

    def __init__(self, application):
        try:
            from a2wsgi import WSGIMiddleware
        except ImportError:
            raise ImportError("a WSGI application needs the package 'a2wsgi': pip install a2wsgi") from None

        def serve(environ, start_response):
            scope, client = environ['asgi.scope']['python_node']
            environ['asgi.scope'] = scope
            # a2wsgi decodes it as ASCII, but clients send any bytes.
            environ['QUERY_STRING'] = scope['query_string'].decode('latin-1')
            cookies = [value.decode('latin-1') for name, value in scope['headers'] if name == b'cookie']
            if cookies:
                environ['HTTP_COOKIE'] = '; '.join(cookies)
            environ['wsgi.errors'] = sys.stderr
            environ['wsgi.input'] = io.BufferedReader(WSGIBody(client), 65_536)
            # read() finds the end of the body even without a content-length.
            environ['wsgi.input_terminated'] = True
            response = WSGIResponse(client, start_response)
            return response.body(application(environ, response.start))

        self.bridge = WSGIMiddleware(serve)

    async def __call__(self, scope, receive, send):
        if scope['type'] != 'http':
            return await self.bridge(scope, receive, send)
        client = WSGIClient(receive, send)
        described = {**scope, 'query_string': b'', 'python_node': (scope, client)}
        await self.bridge(described, receive, client.send)


class WSGIClient:
    """The client of one request."""

    def __init__(self, receive, send):
        self.loop = asyncio.get_running_loop()
        self.receive = receive
        self.forward = send
        self.is_gone = False

    async def send(self, message):
        """The `send` for a2wsgi. It must not raise, or the application's thread would wait forever."""
        if self.is_gone:
            return
        try:
            await self.forward(message)
        except OSError:
            self.is_gone = True

    def next_message(self):
        """Blocks the application's thread until `receive()` returns."""
        return asyncio.run_coroutine_threadsafe(self.await_message(), self.loop).result()

    async def await_message(self):
        return await self.receive()


class WSGIResponse:
    """Holds a response's status and headers until the first bytes of its body are sent."""

    def __init__(self, client, start_response):
        self.client = client
        self.start_response = start_response
        self.head = None
        self.forward = None
        # How many bytes of the declared content-length are still to be sent; None without one.
        self.remaining = None

    def start(self, status, headers, exc_info=None):
        """`start_response()`."""
        if exc_info is not None:
            try:
                if self.forward is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                # Its traceback refers to this frame: a reference cycle.
                exc_info = None
        elif self.head is not None:
            raise ValueError('start_response() was already called: a second call needs exc_info')
        self.head = (status if ' ' in status else f'{status} ', headers)
        self.remaining = next((int(value) for name, value in headers if name.lower() == 'content-length'), None)
        return self.write

    def begin(self):
        if self.head is None:
            raise RuntimeError('the application returned a body before it called start_response()')
        if self.forward is None:
            self.forward = self.start_response(*self.head)

    def write(self, data):
        """The `write()` callable that `start_response()` returns."""
        if self.client.is_gone:
            raise ConnectionAbortedError('the client has disconnected')
        self.begin()
        data = self.cut(data)
        if data:
            self.forward(data)

    def cut(self, data):
        if self.remaining is not None:
            data = data[: self.remaining]
            self.remaining -= len(data)
        return data

    def body(self, result):
        """Yields the application's body up to its declared length, or until the client disconnects."""
        try:
            for data in result:
                if self.client.is_gone:
                    return
                # A generator may call start_response() just before its first data.
                if data:
                    self.begin()
                    yield self.cut(data)
                if self.remaining == 0:
                    break
            self.begin()
        finally:
            close = getattr(result, 'close', None)
            if close is not None:
                close()


class WSGIBody(io.RawIOBase):
    """The request's body as a file, read while it arrives."""

    def __init__(self, client):
        super().__init__()
        self.client = client
        self.rest = memoryview(b'')
        self.is_complete = False

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.rest and not self.is_complete:
            message = self.client.next_message()
            if message['type'] == 'http.disconnect':
                raise ConnectionAbortedError('the client disconnected before the end of the request')
            self.rest = memoryview(message.get('body', b''))
            self.is_complete = not message.get('more_body', False)
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

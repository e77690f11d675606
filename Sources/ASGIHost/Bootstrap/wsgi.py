"""WSGI applications (PEP 3333) through the package a2wsgi, and what it leaves to be desired."""

import asyncio
import io
import sys


class WSGIApplication:
    """A WSGI application as an ASGI one; a2wsgi runs it in threads and describes its requests."""

    def __init__(self, application):
        try:
            from a2wsgi import WSGIMiddleware
        except ImportError:
            raise ImportError("a WSGI application needs the package 'a2wsgi': pip install a2wsgi") from None

        def serve(environ, start_response):
            scope, client = environ['asgi.scope']['python_node']
            environ['asgi.scope'] = scope
            # That of a2wsgi is decoded as ASCII, and a client may send anything.
            environ['QUERY_STRING'] = scope['query_string'].decode('latin-1')
            cookies = [value.decode('latin-1') for name, value in scope['headers'] if name == b'cookie']
            if cookies:
                environ['HTTP_COOKIE'] = '; '.join(cookies)
            environ['wsgi.errors'] = sys.stderr
            environ['wsgi.input'] = io.BufferedReader(WSGIBody(client), 65_536)
            # It ends by itself, whether or not its length is known.
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
    """Who waits for a response."""

    def __init__(self, receive, send):
        self.loop = asyncio.get_running_loop()
        self.receive = receive
        self.forward = send
        self.is_gone = False

    async def send(self, message):
        """Sends for a2wsgi, whose threads would wait for ever if this raised."""
        if self.is_gone:
            return
        try:
            await self.forward(message)
        except OSError:
            self.is_gone = True

    def next_message(self):
        """What `receive()` gives; for the application's thread, which waits."""
        return asyncio.run_coroutine_threadsafe(self.receiving(), self.loop).result()

    async def receiving(self):
        return await self.receive()


class WSGIResponse:
    """What an application says about its response, until the first octets of the body go out with it."""

    def __init__(self, client, start_response):
        self.client = client
        self.start_response = start_response
        self.head = None
        self.forward = None
        # How much of the declared length is to come; None without one.
        self.missing = None

    def start(self, status, headers, exc_info=None):
        """`start_response()`."""
        if exc_info is not None:
            try:
                if self.forward is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                # It holds this frame.
                exc_info = None
        elif self.head is not None:
            raise ValueError('start_response() was called before: only with exc_info it may be called again')
        self.head = (status if ' ' in status else f'{status} ', headers)
        self.missing = next((int(value) for name, value in headers if name.lower() == 'content-length'), None)
        return self.write

    def begin(self):
        if self.head is None:
            raise RuntimeError('the application sends a response without having called start_response()')
        if self.forward is None:
            self.forward = self.start_response(*self.head)

    def write(self, data):
        """What `start_response()` returns."""
        if self.client.is_gone:
            raise ConnectionAbortedError('the client has left')
        self.begin()
        data = self.cut(data)
        if data:
            self.forward(data)

    def cut(self, data):
        if self.missing is not None:
            data = data[: self.missing]
            self.missing -= len(data)
        return data

    def body(self, result):
        """The application's iterable, as far as its declared length and its client want it."""
        try:
            for data in result:
                if self.client.is_gone:
                    return
                # An application may call start_response() as late as here.
                if data:
                    self.begin()
                    yield self.cut(data)
                if self.missing == 0:
                    break
            self.begin()
        finally:
            close = getattr(result, 'close', None)
            if close is not None:
                close()


class WSGIBody(io.RawIOBase):
    """The request's body, which arrives while the application reads."""

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
                raise ConnectionAbortedError('the client has left before the end of its request')
            self.rest = memoryview(message.get('body', b''))
            self.is_complete = not message.get('more_body', False)
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size

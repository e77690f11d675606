"""A6, A7: applications of every shape, ASGI 2 and 3; each answers with its own name."""

import functools


async def _answer(scope, send, name):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": name.encode()})


class DoubleClass:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        await _answer(self.scope, send, "DoubleClass")


def double_function(scope):
    async def instance(receive, send):
        await _answer(scope, send, "double_function")

    return instance


def double_hinted(*arguments):
    (scope,) = arguments

    async def instance(receive, send):
        await _answer(scope, send, "double_hinted")

    return instance


double_hinted._asgi_double_callable = True


class _DoubleFactory:
    def __call__(self, scope):
        return functools.partial(self.serve, scope)

    async def serve(self, scope, receive, send):
        await _answer(scope, send, "double_instance")


double_instance = _DoubleFactory()


async def coroutine_function(scope, receive, send):
    await _answer(scope, send, "coroutine_function")


def plain_function(scope, receive, send):
    return _answer(scope, send, "plain_function")


class _Instance:
    async def __call__(self, scope, receive, send):
        await _answer(scope, send, "instance")

    async def method(self, scope, receive, send):
        await _answer(scope, send, "instance.method")


instance = _Instance()


async def _named(name, scope, receive, send):
    await _answer(scope, send, name)


partial = functools.partial(_named, "partial")


def _wrapping(function):
    @functools.wraps(function)
    def wrapper(*arguments, **named):
        return function(*arguments, **named)

    return wrapper


def _hiding(function):
    return lambda *arguments: function(*arguments)


@_wrapping
async def decorated(scope, receive, send):
    await _answer(scope, send, "decorated")


@_hiding
async def decorated_without_signature(scope, receive, send):
    await _answer(scope, send, "decorated_without_signature")


class SingleHinted:
    """A class, as double callables are, whose instances are awaitable: only the hint tells."""

    _asgi_single_callable = True

    def __init__(self, scope, receive, send):
        self.answer = _answer(scope, send, "SingleHinted")

    def __await__(self):
        return self.answer.__await__()


def make_app():
    return coroutine_function

"""The parts of the host that run rarely and are clearer in Python: starting, importing, describing errors."""

# ruff: noqa: E402
import os
import sys

# Before anything else is imported. Node exports symbols of its own OpenSSL and zlib; extension modules, and the
# libraries that they bring along, have to bind to those they were built with, or crash in the wrong one's functions.
if hasattr(os, 'RTLD_DEEPBIND'):
    sys.setdlopenflags(os.RTLD_NOW | os.RTLD_DEEPBIND)

import asyncio
import contextvars
import functools
import inspect
import threading
import types

APPLICATION_ERROR = 'ERR_ASGI_PYTHON'


class EntryNotFound(Exception):
    """There is no such file, module or attribute."""

    code = 'ERR_ASGI_ENTRY_NOT_FOUND'


class NotCallable(Exception):
    """The target is there, but it is no application."""

    code = 'ERR_ASGI_NOT_CALLABLE'


class ClientDisconnected(OSError):
    """The client has left: nothing that is sent reaches it any more."""


# ---------------------------------------------------------------------------------------------------------------------
# Starting


def start(executable, choice):
    """Makes the process look as if `executable` had been started, and returns the event loop of the choice."""
    sys.executable = executable
    if not getattr(sys, 'argv', None):
        sys.argv = ['']
    loop = new_event_loop(choice)
    asyncio.set_event_loop(loop)
    return loop


def new_event_loop(choice):
    """`auto` (uvloop when importable), `uvloop`, `asyncio` or `module:factory`."""
    if choice in ('auto', 'uvloop'):
        try:
            import uvloop
        except ImportError:
            if choice == 'uvloop':
                raise
        else:
            return uvloop.new_event_loop()
    if choice in ('auto', 'asyncio'):
        return asyncio.new_event_loop()
    module, _, factory = choice.partition(':')
    if not module or not factory:
        raise ValueError(f"loop must be 'auto', 'uvloop', 'asyncio' or 'module:factory', got {choice!r}")
    import importlib

    found = importlib.import_module(module)
    for name in factory.split('.'):
        found = getattr(found, name)
    return found()


def finish():
    """What the end of a Python program does for it, without ending: the process does that."""
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # There is none, it was closed, or its reader is gone: nobody is left to be told.
            continue


async def awaiting(awaitable):
    """An application may return any awaitable; a task wants a coroutine."""
    return await awaitable


# ---------------------------------------------------------------------------------------------------------------------
# Importing


class Docroot:
    """A folder that applications are imported from, with the modules that came from it.

    `sys.modules` has one name for each module, but two folders may both have a `main.py`. Each folder's modules are in
    `sys.modules` while code of that folder imports, and out of it while another's does.
    """

    active = None
    known = {}

    def __init__(self, path):
        self.path = path
        self.prefix = os.path.join(path, '')
        self.modules = {}
        self.tops = {}

    @classmethod
    def at(cls, path):
        path = os.path.realpath(path)
        if path not in cls.known:
            cls.known[path] = cls(path)
            if len(cls.known) == 2:
                separate_imports()
        return cls.known[path]

    @classmethod
    def of(cls, file):
        """The docroot that a source file belongs to: the innermost one."""
        best = None
        for docroot in cls.known.values():
            if file and file.startswith(docroot.prefix) and (best is None or len(docroot.path) > len(best.path)):
                best = docroot
        return best

    def owns(self, name):
        """Whether the top-level module of a name comes from this folder."""
        top = name.partition('.')[0]
        if top not in self.tops:
            path = os.path.join(self.path, top)
            self.tops[top] = os.path.isdir(path) or os.path.isfile(path + '.py')
        return self.tops[top]

    def __enter__(self):
        self.before = Docroot.active
        self.activate()
        return self

    def __exit__(self, *error):
        if self.before is not None:
            self.before.activate()

    def activate(self):
        active = Docroot.active
        if active is self:
            return
        if active is not None:
            active.stash()
            if active.path in sys.path:
                sys.path.remove(active.path)
        sys.modules.update(self.modules)
        if self.path in sys.path:
            sys.path.remove(self.path)
        sys.path.insert(0, self.path)
        Docroot.active = self

    def stash(self):
        """Takes the modules of this folder out of `sys.modules`."""
        for name, module in list(sys.modules.items()):
            if Docroot.of(origin(module)) is self:
                self.modules[name] = module
                del sys.modules[name]


def origin(module):
    """The file or folder that a module came from; None for built-in ones and those in a site-packages."""
    file = getattr(module, '__file__', None)
    if file is None:
        # A namespace package has a path and no file.
        try:
            file = os.path.join(next(iter(module.__path__)), '')
        except (AttributeError, StopIteration, TypeError):
            return None
    if not isinstance(file, str) or (os.sep + 'site-packages' + os.sep) in file:
        return None
    return file


def separate_imports():
    """From the second docroot on, an import is answered with the modules of the importing code's own docroot."""
    import builtins
    import importlib
    import threading

    lock = threading.RLock()
    plain_import = builtins.__import__
    plain_import_module = importlib.import_module

    def importing(docroot, top, function, *args):
        if docroot is None or docroot is Docroot.active or not docroot.owns(top):
            return function(*args)
        with lock, docroot:
            return function(*args)

    def separated_import(name, globals=None, locals=None, fromlist=(), level=0):
        # Called by hand, without globals: the caller's.
        globals = sys._getframe(1).f_globals if globals is None else globals
        docroot = Docroot.of(globals.get('__file__'))
        top = globals.get('__package__') or '' if docroot and level else name
        return importing(docroot, top, plain_import, name, globals, locals, fromlist, level)

    def separated_import_module(name, package=None):
        docroot = Docroot.of(sys._getframe(1).f_globals.get('__file__'))
        return importing(docroot, package if name.startswith('.') else name, plain_import_module, name, package)

    builtins.__import__ = separated_import
    importlib.import_module = separated_import_module


def load(docroot, file, attribute, interface, factory):
    """Imports an application and returns it as a single callable of scope, receive and send."""
    import importlib

    folder, name = locate(docroot, file)
    with Docroot.at(folder):
        importlib.invalidate_caches()
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = error.name or ''
            if missing == name or name.startswith(missing + '.'):
                raise EntryNotFound(f'{file} (no module named {missing!r} in {docroot})') from None
            raise
        found = module
        try:
            for part in attribute.split('.'):
                found = getattr(found, part)
        except AttributeError:
            raise EntryNotFound(f'{file}:{attribute} (module {name!r} has no attribute {attribute!r})') from None
        if factory:
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is no factory: {type(found).__name__} is not callable')
            found = found()
        if not callable(found):
            raise NotCallable(f'{file}:{attribute} is no application: {type(found).__name__} is not callable')
    return adapted(found, interface)


def locate(docroot, file):
    """The folder to import from and the module's name, for `main`, `package.module`, `main.py` and `sub/main.py`."""
    if not file.endswith('.py'):
        if not os.path.isdir(docroot):
            raise EntryNotFound(f'{file} (no folder {docroot})')
        return docroot, file.replace('/', '.')
    path = os.path.join(docroot, file)
    if not os.path.isfile(path):
        raise EntryNotFound(path)
    parts = os.path.normpath(file)[:-3].split(os.sep)
    if os.path.isabs(file) or not all(part.isidentifier() for part in parts):
        folder, name = os.path.split(path)
        return folder, name[:-3]
    return docroot, '.'.join(parts)


def adapted(application, interface):
    """The application as ASGI 3, whichever interface it has."""
    if interface == 'auto':
        interface = interface_of(application)
    if interface == 'asgi2':

        async def double_callable(scope, receive, send):
            await application(scope)(receive, send)

        return double_callable
    if interface == 'wsgi':
        try:
            from a2wsgi import WSGIMiddleware
        except ImportError:
            raise ImportError("a WSGI application needs the package 'a2wsgi': pip install a2wsgi") from None
        return WSGIMiddleware(application)
    return application


def interface_of(application):
    """`asgi3`, `asgi2` or `wsgi`, by hints, coroutine functions and the number of parameters, in this order."""
    if getattr(application, '_asgi_single_callable', False):
        return 'asgi3'
    if getattr(application, '_asgi_double_callable', False):
        return 'asgi2'
    if inspect.isclass(application):
        return 'asgi2'
    plain = application
    while hasattr(plain, 'func') and not inspect.isfunction(plain):  # functools.partial
        plain = plain.func
    if inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, '__call__', None)):
        return 'asgi3'
    try:
        signature = inspect.signature(application)
    except (TypeError, ValueError):
        return 'asgi3'
    for interface, count in (('asgi3', 3), ('wsgi', 2), ('asgi2', 1)):
        try:
            signature.bind(*(None,) * count)
        except TypeError:
            continue
        return interface
    return 'asgi3'


# ---------------------------------------------------------------------------------------------------------------------
# Errors and what is reported


def describe(error):
    """An exception as JSON for the other side: its code, type, message, traceback and causes."""
    import json

    return json.dumps(described(error, set()))


def described(error, seen):
    import traceback

    seen.add(id(error))
    name = type(error).__name__
    code = getattr(type(error), 'code', None)
    if type(error).__module__ == __name__ and isinstance(code, str):
        text = {EntryNotFound: 'Entry point not found: '}.get(type(error), '') + str(error)
    else:
        code, text = APPLICATION_ERROR, f'Python error: {name}: {text_of(error)}'
    # The frames of this file are not the application's.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace or error.__traceback__)
    answer = {'code': code, 'message': text, 'pythonType': name, 'pythonTraceback': ''.join(lines)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        answer['cause'] = described(cause, seen)
    return answer


def text_of(error):
    try:
        return str(error)
    except Exception as broken:
        return f'<no text: {type(broken).__name__} in __str__>'


def is_disconnection(error):
    """Whether an exception is there because the client left: it, or what it came from, is ClientDisconnected."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, (ClientDisconnected, asyncio.CancelledError)):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def simple(code, message):
    """An error of the host's own as JSON."""
    import json

    return json.dumps({'code': code, 'message': message})


def warn(message):
    """Tells the application's author, through the logger that people who know ASGI servers look at."""
    import logging

    logging.getLogger('python_node').error(message)


# ---------------------------------------------------------------------------------------------------------------------
# Logging


# The exchange that the current context belongs to: set for each request before its task copies the context.
EXCHANGE = contextvars.ContextVar('python_node.exchange', default=None)


def capture_logs(loop, deliver):
    """Hands each record that is logged anywhere to `deliver(exchange, json)`, on the event loop's thread.

    Behind the loggers' own handlers, and not as a handler: `logging.basicConfig` does nothing where there is one.
    """
    import logging

    own_thread = threading.get_ident()
    plain = logging.Logger.callHandlers

    def call_handlers(self, record):
        plain(self, record)
        entry = log_entry(record)
        if threading.get_ident() == own_thread:
            deliver(EXCHANGE.get(), entry)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(deliver, EXCHANGE.get(), entry)

    logging.Logger.callHandlers = call_handlers


def log_entry(record):
    """A record as JSON: level, logger, message with the traceback of its exception, seconds since 1970."""
    import json
    import logging
    import traceback

    try:
        message = record.getMessage()
    except Exception as error:
        # A wrong format: logging's own handlers have said so; the record is still worth having.
        message = f'{record.msg} ({type(error).__name__}: {text_of(error)})'
    if record.exc_info and record.exc_info[0] is not None:
        message += '\n' + ''.join(traceback.format_exception(*record.exc_info)).rstrip()
    entry = {
        'log': {
            'level': logging.getLevelName(record.levelno),
            'logger': record.name,
            'message': message,
            'time': record.created,
        }
    }
    return json.dumps(entry)


# ---------------------------------------------------------------------------------------------------------------------
# Scopes and extensions


def link_headers(links):
    """The links of an early hint as headers."""
    headers = []
    for link in links:
        if not isinstance(link, bytes):
            raise TypeError(f"'links' must be bytes, got '{type(link).__name__}'")
        headers.append((b'link', link))
    return headers


def path_to_send(path):
    """The path of a file that is to be sent, as bytes; raises what opening it would raise."""
    if not isinstance(path, str):
        raise TypeError(f"'path' must be str, got '{type(path).__name__}'")
    if not os.path.isabs(path):
        raise ValueError(f"'path' must be absolute, got {path!r}")
    with open(path, 'rb'):
        return os.fsencode(path)


@functools.lru_cache(maxsize=256)
def tls_description(text):
    import json

    return json.loads(text)


def tls(text):
    """The `tls` extension of a connection, of the transport's description."""
    return dict(tls_description(text))


def template(root_path, extra, spec_version):
    """What every HTTP scope of an application has in common."""
    import json

    # Every key that a request sets is there already: a copy of the right size, whose values are replaced, costs 0.2 µs
    # less than one that has to grow.
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': spec_version},
        'http_version': '1.1',
        'method': None,
        'scheme': 'http',
        'path': None,
        'raw_path': None,
        'query_string': None,
        'root_path': root_path,
        'headers': None,
        'client': None,
        'server': None,
        'extensions': None,
    }
    for name, value in (json.loads(extra) if extra else {}).items():
        if name in STANDARD_KEYS:
            raise ValueError(f'scope: {name!r} is set for each request and cannot be overridden')
        scope[name] = value
    return scope


def websocket_template(template):
    """What every WebSocket scope of an application has in common, of its HTTP scopes'."""
    scope = {**template, 'type': 'websocket', 'scheme': 'ws', 'subprotocols': None}
    del scope['method']
    # Anew: a dict that has lost a key is not copied as it is.
    return dict(scope)


def subprotocols(headers):
    """The subprotocols that a client offers, in its order, from all headers and their comma lists."""
    offered = []
    for name, value in headers:
        if name == b'sec-websocket-protocol':
            offered.extend(part.strip() for part in value.decode('latin-1').split(','))
    return [part for part in offered if part]


def check_accept_headers(headers):
    """Refuses the header that an application has to give as `subprotocol`."""
    for name, _ in headers:
        if isinstance(name, bytes) and name.lower() == b'sec-websocket-protocol':
            raise ValueError("'headers' of 'websocket.accept' must not have sec-websocket-protocol: use 'subprotocol'")


STANDARD_KEYS = {
    'type', 'asgi', 'http_version', 'method', 'scheme', 'path', 'raw_path', 'query_string', 'root_path', 'headers',
    'client', 'server', 'state', 'extensions', 'subprotocols',
}  # fmt: skip
COROUTINE = types.CoroutineType

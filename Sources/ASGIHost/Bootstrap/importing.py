"""Finds applications and imports them."""

import asyncio
import importlib
import inspect
import logging
import os

from .docroots import Docroot
from .errors import EntryNotFound, NotCallable
from .loggers import configure_logging
from .wsgi import WSGIApplication


class NoRunningLoop:
    """Hides the running event loop from asyncio: other servers import applications before they start a loop.

    So an application can call `asyncio.run()` while it is imported. `asyncio.get_event_loop()` still returns the
    host's loop.
    """

    def __enter__(self):
        self.loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)

    def __exit__(self, *error):
        asyncio._set_running_loop(self.loop)
        # asyncio.run() unsets it.
        asyncio.set_event_loop(self.loop)


def find_target(path, file, attribute):
    """Imports a module, and returns its docroot and one of its attributes, which may be dotted: `module.name`."""
    folder, name = locate(path, file)
    docroot = Docroot.at(folder)
    importlib.invalidate_caches()
    with NoRunningLoop():
        try:
            found = docroot.import_module(name)
        except ModuleNotFoundError as error:
            missing = docroot.short_name(error.name or '')
            if missing == name or name.startswith(missing + '.'):
                raise EntryNotFound(f'{file} (no module named {missing!r} in {path})') from None
            raise
        try:
            for part in attribute.split('.'):
                found = getattr(found, part)
        except AttributeError:
            raise EntryNotFound(f'{file}:{attribute} (module {name!r} has no attribute {attribute!r})') from None
    return docroot, found


def load(path, file, attribute, interface, factory, logging_settings):
    """Imports an application and returns it as a single callable of scope, receive and send.

    `logging_settings` goes to `configure_logging` before the import; `''` leaves logging alone.
    """
    if logging_settings != '':
        # A log handler's class may be in one of the application's modules.
        Docroot.at(locate(path, file)[0])
        with NoRunningLoop():
            configure_logging(logging_settings)
    if file == '':
        return Docroot.at(locate(path, file)[0]).around(no_application)
    docroot, found = find_target(path, file, attribute)
    with NoRunningLoop():
        if factory:
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is not a factory: {type(found).__name__} is not callable')
            found = found()
        elif is_factory(found, interface):
            advise_factory(f'{file}:{attribute}')
            found = found()
            if inspect.iscoroutine(found):
                found.close()
    if not callable(found):
        raise NotCallable(f'{file}:{attribute} is not an application: {type(found).__name__} is not callable')
    return docroot.around(adapted(found, interface))


async def no_application(scope, receive, send):
    """The application of a handler that only calls functions."""
    raise NotCallable('the handler has no application to handle requests: construct it with a target')


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
    """The application as an ASGI 3 application."""
    if interface == 'auto':
        interface = interface_of(application)
    if interface == 'asgi2':

        async def double_callable(scope, receive, send):
            await application(scope)(receive, send)

        return double_callable
    if interface == 'wsgi':
        return WSGIApplication(application)
    return application


def interface_of(application):
    """Detects `asgi3`, `asgi2` or `wsgi`: by asgiref's markers, else by type, else by the number of parameters."""
    if getattr(application, '_asgi_single_callable', False):
        return 'asgi3'
    if getattr(application, '_asgi_double_callable', False):
        return 'asgi2'
    if inspect.isclass(application):
        return 'asgi2'
    if is_asynchronous(application):
        return 'asgi3'
    for interface, count in PARAMETERS.items():
        if accepts(application, count):
            return interface
    return 'asgi3'


# How many arguments an application is called with.
PARAMETERS = {'asgi3': 3, 'wsgi': 2, 'asgi2': 1}


def is_asynchronous(application):
    plain = application
    while hasattr(plain, 'func') and not inspect.isfunction(plain):  # functools.partial
        plain = plain.func
    return inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, '__call__', None))


def accepts(function, count):
    """Whether a callable accepts this number of positional arguments; False if it has no signature."""
    try:
        inspect.signature(function).bind(*(None,) * count)
    except (TypeError, ValueError):
        return False
    return True


def is_factory(target, interface):
    """Detects a factory without the option `factory`: it accepts no arguments, and applications need some."""
    if not callable(target) or not accepts(target, 0):
        return False
    if interface != 'auto' and accepts(target, PARAMETERS[interface]):
        return False
    if not accepts(target, 3):
        return True
    # It accepts 0 and 3 arguments. With *args it may wrap an application, whose signature it hides.
    kinds = [each.kind for each in inspect.signature(target).parameters.values()]
    return not is_asynchronous(target) and inspect.Parameter.VAR_POSITIONAL not in kinds


def advise_factory(target):
    advice = (
        '%s is a factory: it is called to make the app. '
        'Pass --factory, or the option `factory`, to silence this warning'
    )
    logging.getLogger('python_node').warning(advice, target)

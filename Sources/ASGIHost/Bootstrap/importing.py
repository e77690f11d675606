"""Finds applications and imports them."""

import asyncio
import importlib
import inspect
import os


class EntryNotFound(Exception):
    """There is no such file, module or attribute."""

    code = 'ERR_ASGI_ENTRY_NOT_FOUND'
    prefix = 'Entry point not found: '


class NotCallable(Exception):
    """The target is there, but it is no application."""

    code = 'ERR_ASGI_NOT_CALLABLE'


class NoLoopRuns:
    """Has asyncio say that no event loop runs in this thread, as where a program imports its application first.

    So `asyncio.run()` works in it; the current loop, which `asyncio.get_event_loop()` gives, stays the host's.
    """

    def __enter__(self):
        self.loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)

    def __exit__(self, *error):
        asyncio._set_running_loop(self.loop)
        # asyncio.run() leaves none behind.
        asyncio.set_event_loop(self.loop)


def find_target(path, file, attribute):
    """Imports a module; returns its docroot and what it has by this name, which may be a path of names with dots."""
    folder, name = locate(path, file)
    docroot = Docroot.at(folder)
    importlib.invalidate_caches()
    with NoLoopRuns():
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

    `logging_settings`: of `configure_logging`, before the import; `''` leaves logging alone.
    """
    if logging_settings != '':
        # Its handlers may be classes of the application's own modules.
        Docroot.at(locate(path, file)[0])
        with NoLoopRuns():
            configure_logging(logging_settings)
    if file == '':
        return Docroot.at(locate(path, file)[0]).around(no_application)
    docroot, found = find_target(path, file, attribute)
    with NoLoopRuns():
        if factory:
            if not callable(found):
                raise NotCallable(f'{file}:{attribute} is no factory: {type(found).__name__} is not callable')
            found = found()
        elif is_factory(found, interface):
            advise_factory(f'{file}:{attribute}')
            found = found()
            if inspect.iscoroutine(found):
                found.close()
    if not callable(found):
        raise NotCallable(f'{file}:{attribute} is no application: {type(found).__name__} is not callable')
    return docroot.around(adapted(found, interface))


async def no_application(scope, receive, send):
    """What stands for the application where only functions are called."""
    raise NotCallable('the handler has no application')


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
        return WSGIApplication(application)
    return application


def interface_of(application):
    """`asgi3`, `asgi2` or `wsgi`, by hints, coroutine functions and the number of parameters, in this order."""
    if getattr(application, '_asgi_single_callable', False):
        return 'asgi3'
    if getattr(application, '_asgi_double_callable', False):
        return 'asgi2'
    if inspect.isclass(application):
        return 'asgi2'
    if is_asynchronous(application):
        return 'asgi3'
    for interface, count in PARAMETERS.items():
        if can_take(application, count):
            return interface
    return 'asgi3'


# How many arguments a request is called with.
PARAMETERS = {'asgi3': 3, 'wsgi': 2, 'asgi2': 1}


def is_asynchronous(application):
    plain = application
    while hasattr(plain, 'func') and not inspect.isfunction(plain):  # functools.partial
        plain = plain.func
    return inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, '__call__', None))


def can_take(function, count):
    """Whether a callable takes so many positional arguments; not where it does not say what it takes."""
    try:
        inspect.signature(function).bind(*(None,) * count)
    except (TypeError, ValueError):
        return False
    return True


def is_factory(target, interface):
    """Whether a target that nobody calls a factory is one: it needs no arguments, and an application needs some."""
    if not callable(target) or not can_take(target, 0):
        return False
    if interface != 'auto' and can_take(target, PARAMETERS[interface]):
        return False
    if not can_take(target, 3):
        return True
    # A wrapper that takes everything says nothing of what it wraps.
    kinds = [each.kind for each in inspect.signature(target).parameters.values()]
    return not is_asynchronous(target) and inspect.Parameter.VAR_POSITIONAL not in kinds


def advise_factory(target):
    import logging

    advice = '%s is a factory: it is called for the app. Say so with --factory, or the option `factory`'
    logging.getLogger('python_node').warning(advice, target)

"""Finds applications, and gives each docroot modules of its own."""

import inspect
import os
import sys


class EntryNotFound(Exception):
    """There is no such file, module or attribute."""

    code = 'ERR_ASGI_ENTRY_NOT_FOUND'
    prefix = 'Entry point not found: '


class NotCallable(Exception):
    """The target is there, but it is no application."""

    code = 'ERR_ASGI_NOT_CALLABLE'


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
        # First found, then taken out: a namespace package looks for its parents among the modules.
        own = {name: module for name, module in list(sys.modules.items()) if Docroot.of(origin(module)) is self}
        self.modules.update(own)
        for name in own:
            del sys.modules[name]


def origin(module):
    """The file or folder that a module came from; None for built-in ones and those in a site-packages."""
    file = getattr(module, '__file__', None)
    if file is None:
        # A namespace package has a path and no file.
        try:
            file = os.path.join(next(iter(module.__path__)), '')
        except (AttributeError, KeyError, StopIteration, TypeError):
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
        elif is_factory(found, interface):
            advise_factory(f'{file}:{attribute}')
            found = found()
            if inspect.iscoroutine(found):
                found.close()
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

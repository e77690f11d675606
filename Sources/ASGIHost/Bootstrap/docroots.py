"""Gives each docroot modules of its own, in one `sys.modules`."""

import importlib
import os
import re
import sys
import threading
import types
from importlib.machinery import ModuleSpec, PathFinder


class Docroot:
    """A folder that applications are imported from.

    The first one is what the folder of a script is to the program: it comes first on `sys.path`, and its modules have the
    names that they have there. The modules of a further one are found for its own code. Where the name of one means another
    file already, it is imported by a longer one, below a package that stands for the docroot: `docroot_shop.main`. So each
    name in `sys.modules` means one file, for pickle, for type hints and in every thread.
    """

    # By their real paths, in the order in which they were used first.
    known = {}
    # The packages that stand for docroots, by their names.
    packages = {}
    # Which of the further docroots the top-level names belong to that mean nothing else.
    claims = {}
    lock = threading.Lock()

    def __init__(self, path):
        self.path = path
        self.prefix = os.path.join(path, '')
        # The name in sys.modules by the top-level name that code of this folder imports.
        self.names = {}
        # Whether the folder has a module, by its top-level name.
        self.tops = {}
        self.package = None

    @classmethod
    def at(cls, path):
        path = os.path.realpath(path)
        if path not in cls.known:
            # A new dictionary: other threads may be going through that one.
            cls.known = {**cls.known, path: cls(path)}
            if len(cls.known) == 1:
                sys.path.insert(0, path)
            elif len(cls.known) == 2:
                separate_imports()
        return cls.known[path]

    @classmethod
    def of(cls, names):
        """The docroot of the module with this namespace; None for modules that come from elsewhere."""
        name, file = names.get('__name__'), names.get('__file__')
        if not isinstance(name, str) or not isinstance(file, str):
            return None
        package = cls.packages.get(name.partition('.')[0])
        if package is not None:
            return package
        # By the name, too: a virtual environment, or a whole Python, may lie below.
        return next((each for each in cls.known.values() if each.holds(name, file)), None)

    @classmethod
    def calling(cls, frame):
        """The docroot that code runs for: that of the innermost function on the stack that comes from one."""
        while frame is not None:
            found = cls.of(frame.f_globals)
            if found is None and frame.f_globals is globals():
                found = frame.f_locals.get('docroot')
            if found is not None:
                return found
            frame = frame.f_back
        return None

    @property
    def is_first(self):
        return next(iter(Docroot.known.values())) is self

    def holds(self, name, file):
        """Whether a file is the one that this folder has for a module."""
        start = self.prefix + name.replace('.', os.sep)
        return file.startswith(start) and file[len(start) : len(start) + 1] in ('.', os.sep)

    def has(self, top):
        """Whether there is such a module or package in this folder."""
        if top not in self.tops:
            self.tops[top] = find(top, [self.path], only_path=True) is not None
        return self.tops[top]

    def search_path(self):
        """`sys.path` as it were if this were the only docroot."""
        path = list(sys.path)
        first = next(iter(Docroot.known))
        if first in path:
            path.remove(first)
        return [self.path, *path]

    def name_of(self, top):
        """The name in `sys.modules` of what this folder's code means by a top-level name; None for nothing."""
        if top not in self.names:
            name = self.decide(top)
            if name is None:
                return None
            self.names.setdefault(top, name)
        return self.names[top]

    def decide(self, top):
        loaded = sys.modules.get(top)
        if top in sys.modules and not isinstance(getattr(loaded, '__spec__', None), ModuleSpec):
            # Put there by hand, for everybody.
            return top
        own = find(top, self.search_path())
        plain = find(top, sys.path) if loaded is None else loaded.__spec__
        if own is None:
            # Made by a loader that cannot be asked; or another docroot's, which is not for this one.
            return None if plain is None or Docroot.of(vars_of(plain)) is not None else top
        if plain is None:
            owner = self if self.is_first else Docroot.claims.setdefault(top, self)
            if owner is self:
                return top
            plain = find(top, [owner.path], only_path=True)
            if plain is None:
                # It was removed before anybody imported it.
                Docroot.claims[top] = self
                return top
        # Built-in ones have no place.
        return top if place(own) in (None, place(plain)) else f'{self.made_package()}.{top}'

    def made_package(self):
        """The name of the package that stands for this docroot, which is made when it is needed first."""
        with Docroot.lock:
            if self.package is None:
                start = name = 'docroot_' + re.sub(r'\W', '_', os.path.basename(self.path))
                number = 1
                while name in sys.modules:
                    number += 1
                    name = f'{start}_{number}'
                package = types.ModuleType(name, f'Modules of {self.path} whose own names mean others in this process.')
                package.__spec__ = ModuleSpec(name, None, is_package=True)
                package.__path__ = package.__spec__.submodule_search_locations = self.search_path()
                package.__package__ = name
                sys.modules[name] = package
                Docroot.packages[name] = self
                self.package = name
        return self.package

    def import_module(self, name):
        """Imports a module as code of this folder does."""
        if len(Docroot.known) == 1:
            return importlib.import_module(name)
        return plain_gcd_import(self.full_name(name))

    def full_name(self, name):
        """The name in `sys.modules` for one that this folder's code uses."""
        top = name.partition('.')[0]
        found = self.name_of(top)
        if found is None:
            raise ModuleNotFoundError(f'No module named {top!r}', name=top)
        return found + name[len(top) :]

    def short_name(self, name):
        """The name that this folder's code uses for one in `sys.modules`."""
        return name[len(self.package) + 1 :] if self.package and name.startswith(self.package + '.') else name

    def around(self, application):
        """The application, so that this docroot is seen on the stack while it runs."""
        if self.is_first or Docroot.of(getattr(application, '__globals__', {})) is self:
            return application
        docroot = self

        async def run_in_docroot(scope, receive, send):
            # Named here, so that the frame has it.
            docroot  # noqa: B018
            await application(scope, receive, send)

        return run_in_docroot


class DocrootFinder:
    """Finds the modules of further docroots whose names mean nothing else. The last one on `sys.meta_path`."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if path is not None:
            return None
        owner = Docroot.claims.get(name)
        if owner is None:
            caller = Docroot.calling(sys._getframe().f_back)
            having = [each for each in ([caller] if caller else Docroot.known.values()) if each.has(name)]
            if len(having) > 1:
                files = ' and '.join(place(find(name, [each.path], only_path=True)) for each in having)
                raise ImportError(f'{name!r} is {files}: several docroots have it, and its importer is of none', name=name)
            if not having:
                return None
            owner = Docroot.claims.setdefault(name, having[0])
        return find(name, [owner.path], only_path=True)


def find(top, path, only_path=False):
    """The spec of a top-level module along a path, as the import system finds it."""
    if only_path:
        return PathFinder.find_spec(top, path)
    for finder in list(sys.meta_path):
        if finder is DocrootFinder or not hasattr(finder, 'find_spec'):
            continue
        spec = finder.find_spec(top, path if finder is PathFinder else None)
        if spec is not None:
            return spec
    return None


def place(spec):
    """Where a module comes from: its file, or the folder of a namespace package; None for one that has neither."""
    if spec.origin is None and spec.submodule_search_locations:
        return os.path.realpath(next(iter(spec.submodule_search_locations)))
    return os.path.realpath(spec.origin) if spec.has_location else None


def vars_of(spec):
    """What a module of this spec has in its namespace to be known by."""
    file = place(spec)
    return {'__name__': spec.name, '__file__': file + os.sep if file and spec.origin is None else file}


def separate_imports():
    """From the second docroot on, an import is answered with the module that the importing code's docroot has."""
    import builtins
    import importlib.util

    global plain_gcd_import
    plain_import = builtins.__import__
    # Every importlib.import_module comes here, also one that a library has kept.
    plain_gcd_import = importlib._bootstrap._gcd_import
    plain_find_spec = importlib.util.find_spec

    def separated_import(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0:
            # None where C code imports in a thread of its own.
            frame = sys._getframe().f_back
            # Called by hand, without globals: the caller's.
            names = frame.f_globals if globals is None and frame is not None else globals
            meant = meaning(name, names or {}, frame)
            if meant != name:
                module = plain_import(meant, globals, locals, fromlist, 0)
                # Without a list the outermost package is wanted, which is below the one of the docroot.
                return module if fromlist else sys.modules['.'.join(meant.split('.')[:2])]
        return plain_import(name, globals, locals, fromlist, level)

    def separated_gcd_import(name, package=None, level=0):
        return plain_gcd_import(name if level else meaning_of_caller(name), package, level)

    def separated_find_spec(name, package=None):
        return plain_find_spec(name if name.startswith('.') else meaning_of_caller(name), package)

    builtins.__import__ = separated_import
    importlib._bootstrap._gcd_import = separated_gcd_import
    importlib.util.find_spec = separated_find_spec
    config = sys.modules.get('logging.config')
    if config is not None:
        # It keeps the function that was there when it was imported.
        config.BaseConfigurator.importer = staticmethod(separated_import)
    sys.meta_path.append(DocrootFinder)


def meaning(name, names, frame):
    """The name in `sys.modules` of what code with these globals, called by this frame, imports."""
    top = name.partition('.')[0]
    if top in Docroot.packages:
        return name
    own = Docroot.of(names)
    if own is not None:
        return own.full_name(name)
    if not any(each.has(top) for each in Docroot.known.values()):
        return name
    loaded = sys.modules.get(top)
    if loaded is not None and Docroot.of(loaded_names(loaded)) is None:
        # A library that imports another one, or itself.
        return name
    caller = Docroot.calling(frame)
    if caller is None or caller.name_of(top) is None:
        return name
    return caller.full_name(name)


def meaning_of_caller(name):
    """The same for a name that a function of the import system was called with."""
    frame = sys._getframe(1).f_back
    while frame is not None and frame.f_globals is importlib.__dict__:
        frame = frame.f_back
    return meaning(name, {} if frame is None else frame.f_globals, frame)


def loaded_names(module):
    """The namespace of a module, or what stands for it where a namespace package has no file."""
    names = getattr(module, '__dict__', {})
    spec = names.get('__spec__')
    return names if names.get('__file__') is not None or not isinstance(spec, ModuleSpec) else vars_of(spec)

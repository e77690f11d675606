"""Gives each docroot its own modules, all within one `sys.modules`."""

import importlib
import os
import re
import sys
import threading
import types
from importlib.machinery import ModuleSpec, PathFinder

from .frames import is_host_frame


class Docroot:
    """A folder that applications are imported from.

    The first docroot is treated like the folder of a script: it comes first on `sys.path`, and its modules keep their
    names. The modules of a further docroot are found by its own code only. If the name of one is already in use for
    another file, the module goes below a package made for the docroot: `docroot_shop.main`. So each name in
    `sys.modules` always means the same file, in every thread, also to pickle and to type hints.
    """

    # All docroots by real path, in the order of first use.
    known = {}
    # Docroots by the name of the package made for them.
    packages = {}
    # The owners of top-level names that a single further docroot uses.
    claims = {}
    lock = threading.Lock()
    # Imports a module by its name in sys.modules.
    import_by_full_name = staticmethod(importlib.import_module)

    def __init__(self, path):
        self.path = path
        self.prefix = os.path.join(path, '')
        # Names in sys.modules by the top-level name that this folder's code imports.
        self.names = {}
        # By top-level name: whether the folder has such a module.
        self.tops = {}
        self.package = None

    @classmethod
    def at(cls, path):
        path = os.path.realpath(path)
        if path not in cls.known:
            # A new dictionary, because other threads may be iterating over the old one.
            cls.known = {**cls.known, path: cls(path)}
            if len(cls.known) == 1:
                sys.path.insert(0, path)
            elif len(cls.known) == 2:
                # Imported here, because it imports this module.
                from .docroot_imports import separate_imports

                separate_imports()
        return cls.known[path]

    @classmethod
    def of(cls, names):
        """The docroot of the module with this namespace; None if it belongs to none."""
        name, file = names.get('__name__'), names.get('__file__')
        if not isinstance(name, str) or not isinstance(file, str):
            return None
        package = cls.packages.get(name.partition('.')[0])
        if package is not None:
            return package
        # The path alone is not enough: the folder may contain a virtual environment, or a whole Python.
        return next((each for each in cls.known.values() if each.holds(name, file)), None)

    @classmethod
    def calling(cls, frame):
        """The docroot whose code is running: that of the innermost function on the stack which belongs to one.

        Functions of the host name theirs in a local variable, `docroot`.
        """
        while frame is not None:
            found = cls.of(frame.f_globals)
            if found is None and is_host_frame(frame):
                found = frame.f_locals.get('docroot')
            if found is not None:
                return found
            frame = frame.f_back
        return None

    @property
    def is_first(self):
        return next(iter(Docroot.known.values())) is self

    def holds(self, name, file):
        """Whether a file is this folder's file of a module."""
        start = self.prefix + name.replace('.', os.sep)
        return file.startswith(start) and file[len(start) : len(start) + 1] in ('.', os.sep)

    def has(self, top):
        """Whether this folder has such a top-level module or package."""
        if top not in self.tops:
            self.tops[top] = find(top, [self.path], only_path=True) is not None
        return self.tops[top]

    def search_path(self):
        """The `sys.path` of a process whose only docroot is this one."""
        path = list(sys.path)
        first = next(iter(Docroot.known))
        if first in path:
            path.remove(first)
        return [self.path, *path]

    def name_of(self, top):
        """The name in `sys.modules` of the module that this folder's code gets for a top-level name, or None."""
        if top not in self.names:
            name = self.decide(top)
            if name is None:
                return None
            self.names.setdefault(top, name)
        return self.names[top]

    def decide(self, top):
        loaded = sys.modules.get(top)
        if top in sys.modules and not isinstance(getattr(loaded, '__spec__', None), ModuleSpec):
            # Code has added it to sys.modules itself, for all docroots.
            return top
        own = find(top, self.search_path())
        plain = find(top, sys.path) if loaded is None else loaded.__spec__
        if own is None:
            # Either its loader has no spec, or it belongs to another docroot, whose modules this one does not see.
            return None if plain is None or Docroot.of(namespace_of(plain)) is not None else top
        if plain is None:
            owner = self if self.is_first else Docroot.claims.setdefault(top, self)
            if owner is self:
                return top
            plain = find(top, [owner.path], only_path=True)
            if plain is None:
                # The owner's file was deleted before it was imported.
                Docroot.claims[top] = self
                return top
        # Built-in modules have no place.
        return top if place(own) in (None, place(plain)) else f'{self.made_package()}.{top}'

    def made_package(self):
        """The name of the package made for this docroot, at the first call."""
        with Docroot.lock:
            if self.package is None:
                start = name = 'docroot_' + re.sub(r'\W', '_', os.path.basename(self.path))
                number = 1
                while name in sys.modules:
                    number += 1
                    name = f'{start}_{number}'
                package = types.ModuleType(name, f'Modules of {self.path} whose names were already in use.')
                package.__spec__ = ModuleSpec(name, None, is_package=True)
                package.__path__ = package.__spec__.submodule_search_locations = self.search_path()
                package.__package__ = name
                sys.modules[name] = package
                Docroot.packages[name] = self
                self.package = name
        return self.package

    def import_module(self, name):
        """Imports a module as this folder's code does."""
        return Docroot.import_by_full_name(name if len(Docroot.known) == 1 else self.full_name(name))

    def full_name(self, name):
        """The name in `sys.modules` of a module that this folder's code imports by this name."""
        top = name.partition('.')[0]
        found = self.name_of(top)
        if found is None:
            raise ModuleNotFoundError(f'No module named {top!r}', name=top)
        return found + name[len(top) :]

    def short_name(self, name):
        """The name by which this folder's code imports a module of `sys.modules`."""
        return name[len(self.package) + 1 :] if self.package and name.startswith(self.package + '.') else name

    def around(self, application):
        """The application, wrapped where needed so that `calling` finds this docroot on its stack."""
        if self.is_first or Docroot.of(getattr(application, '__globals__', {})) is self:
            return application
        docroot = self

        async def run_in_docroot(scope, receive, send):
            # Named here so that the frame has the variable.
            docroot  # noqa: B018
            await application(scope, receive, send)

        return run_in_docroot


class DocrootFinder:
    """Finds modules of further docroots whose names no other finder knows. The last one on `sys.meta_path`."""

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
                raise ImportError(
                    f'{name!r} is ambiguous: it could be {files}, and the importing code is in no docroot. '
                    'Rename one of the modules',
                    name=name,
                )
            if not having:
                return None
            owner = Docroot.claims.setdefault(name, having[0])
        return find(name, [owner.path], only_path=True)


def find(top, path, only_path=False):
    """The spec that the import system finds for a top-level module along a path; None if there is none."""
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
    """A module's file, or a namespace package's folder; None for a module with neither."""
    if spec.origin is None and spec.submodule_search_locations:
        return os.path.realpath(next(iter(spec.submodule_search_locations)))
    return os.path.realpath(spec.origin) if spec.has_location else None


def namespace_of(spec):
    """The entries of a module's namespace that `Docroot.of` reads, from its spec."""
    file = place(spec)
    return {'__name__': spec.name, '__file__': file + os.sep if file and spec.origin is None else file}

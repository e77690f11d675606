"""Makes imports depend on the docroot of the code that imports."""

import builtins
import importlib.util
import sys
from importlib.machinery import ModuleSpec

from .docroots import Docroot, DocrootFinder, namespace_of


def separate_imports():
    """Makes imports depend on the docroot of the importing code. Called when there is a second docroot."""
    plain_import = builtins.__import__
    # importlib.import_module calls it, so libraries that hold a reference to import_module are covered, too.
    plain_gcd_import = importlib._bootstrap._gcd_import
    Docroot.import_by_full_name = staticmethod(plain_gcd_import)
    plain_find_spec = importlib.util.find_spec

    def separated_import(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0:
            # None if C code imports in a thread without Python frames.
            frame = sys._getframe().f_back
            # A direct call of __import__() passes no globals.
            names = frame.f_globals if globals is None and frame is not None else globals
            meant = full_name_for(name, names or {}, frame)
            if meant != name:
                module = plain_import(meant, globals, locals, fromlist, 0)
                # Without fromlist the caller expects the top-level module, one level below the docroot's package.
                return module if fromlist else sys.modules['.'.join(meant.split('.')[:2])]
        return plain_import(name, globals, locals, fromlist, level)

    def separated_gcd_import(name, package=None, level=0):
        return plain_gcd_import(name if level else full_name_for_caller(name), package, level)

    def separated_find_spec(name, package=None):
        return plain_find_spec(name if name.startswith('.') else full_name_for_caller(name), package)

    builtins.__import__ = separated_import
    importlib._bootstrap._gcd_import = separated_gcd_import
    importlib.util.find_spec = separated_find_spec
    config = sys.modules.get('logging.config')
    if config is not None:
        # The class holds a reference to the plain function.
        config.BaseConfigurator.importer = staticmethod(separated_import)
    sys.meta_path.append(DocrootFinder)


def full_name_for(name, names, frame):
    """The name in `sys.modules` of the module that code imports by a name, given its globals and its frame."""
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
        # A library imports another one, or itself.
        return name
    caller = Docroot.calling(frame)
    if caller is None or caller.name_of(top) is None:
        return name
    return caller.full_name(name)


def full_name_for_caller(name):
    """The result of `full_name_for` for the caller of one of the import system's functions."""
    frame = sys._getframe(1).f_back
    while frame is not None and frame.f_globals is importlib.__dict__:
        frame = frame.f_back
    return full_name_for(name, {} if frame is None else frame.f_globals, frame)


def loaded_names(module):
    """A module's namespace, or the same from its spec if it is a namespace package, which has no file."""
    names = getattr(module, '__dict__', {})
    spec = names.get('__spec__')
    return names if names.get('__file__') is not None or not isinstance(spec, ModuleSpec) else namespace_of(spec)

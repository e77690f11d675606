"""Imports the package `_python_node` from sources that are compiled into the addon: it has no files on disk."""

import importlib
import sys
from importlib.machinery import ModuleSpec

PACKAGE = __name__.partition('.')[0]


def load(sources):
    """Imports the package and returns its namespace. `sources` has the text of each file by its name."""
    sys.meta_path.append(EmbeddedImporter(sources))
    return vars(importlib.import_module(PACKAGE))


class EmbeddedImporter:
    """A finder and loader for the package and its modules."""

    def __init__(self, sources):
        self.sources = sources

    def find_spec(self, name, path=None, target=None):
        package, _, module = name.partition('.')
        file = f'{module or "__init__"}.py'
        if package != PACKAGE or file not in self.sources:
            return None
        return ModuleSpec(name, self, origin=f'<python-node/{file}>', loader_state=file, is_package=not module)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        spec = module.__spec__
        exec(compile(self.sources[spec.loader_state], spec.origin, 'exec', dont_inherit=True), vars(module))

"""Imports the package `_python_node` from sources that are compiled into the addon: it has no files on disk."""

import importlib
import sys
from importlib.machinery import ModuleSpec

PACKAGE = __name__.partition('.')[0]


def load(sources):
    """Imports the package with all its modules and returns its namespace. `sources` has the text of each file by its name."""
    importer = EmbeddedImporter(sources)
    sys.meta_path.append(importer)
    try:
        for file in sources:
            importlib.import_module(importer.name_of(file))
    finally:
        sys.meta_path.remove(importer)
    return vars(sys.modules[PACKAGE])


class EmbeddedImporter:
    """A finder and loader for the package and its modules."""

    def __init__(self, sources):
        self.sources = sources

    @staticmethod
    def name_of(file):
        """The name of the module in a file."""
        return PACKAGE if file == '__init__.py' else f'{PACKAGE}.{file[:-3]}'

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

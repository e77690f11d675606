'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { environment, interpreters } = require('./interpreters')
const { makeFolder } = require('./support')

/** The oldest, the one before the newest and the newest Python of this machine; more add nothing here. */
const PYTHONS = ['3.8', '3.11', '3.13'].flatMap((version) =>
  interpreters().find((each) => each.includes(version)) ?? []
)

/** A library in site-packages that was there before the second docroot, and imports what its callers name. */
const LIBRARY = `
import importlib
import importlib.util
from importlib import import_module


def find_spec(name):
    return importlib.util.find_spec(name)


def by_kept_function(name):
    return import_module(name)


def by_attribute(name):
    return importlib.import_module(name)


def by_builtin(name):
    return __import__(name, {}, {}, ["NAME"])


class Application:
    """An app that comes from the library, and names a module of its docroot only when it is asked."""

    def __init__(self, name):
        self.name = name

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        body = ('"%s"' % import_module(self.name).NAME).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
`

/** An app that answers with the results of its own functions. */
const MAIN = `
import _thread
import concurrent.futures
import importlib
import importlib.util
import json
import logging
import logging.config
import multiprocessing
import pickle
import sys
import typing

import helpers
import library


class Item:
    pass


class Node:
    child: "Item"
    others: "typing.List[Item]"


class Handler(logging.Handler):
    def emit(self, record):
        Handler.last = record.getMessage()


def work(number):
    return [number, helpers.NAME]


def do_pickle():
    return type(pickle.loads(pickle.dumps(Item()))) is Item


def do_hints():
    return typing.get_type_hints(Node) == {"child": Item, "others": typing.List[Item]}


def do_library():
    functions = (library.by_kept_function, library.by_attribute, library.by_builtin)
    return [function("helpers").NAME for function in functions]


def do_logging():
    handlers = {"one": {"class": "main.Handler"}, "two": {"()": "helpers.make_handler"}}
    loggers = {__name__ + ".logs": {"handlers": ["one", "two"], "level": "INFO"}}
    config = {"version": 1, "disable_existing_loggers": False, "handlers": handlers, "loggers": loggers}
    logging.config.dictConfig(config)
    logging.getLogger(__name__ + ".logs").info("said")
    return [Handler.last, helpers.made]


def do_processes():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, 1).result()


def do_own_module():
    return sys.modules[__name__].Item is Item and importlib.import_module("main").Item is Item


def do_reload():
    before = helpers.NAME
    return importlib.reload(helpers) is helpers and helpers.NAME == before


def do_names():
    return [__name__, helpers.__name__, Item.__module__]


FIRST = sys.path[0]


def do_path():
    return [FIRST, sys.path[0]]


def do_threads():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        same = pool.submit(pickle.loads, pickle.dumps(Item())).result()
        return [type(same) is Item, pool.submit(work, 2).result()]


def do_bare_threads():
    # No function of Python's is on the stack of a thread that begins with one of C's.
    name = "bare_" + helpers.NAME
    if name not in sys.modules:
        _thread.start_new_thread(__import__, (name,))
        return helpers.imported.wait(20)
    return sys.modules[name].helpers is helpers


def do_specs():
    found = [find("helpers").origin for find in (importlib.util.find_spec, library.find_spec)]
    return [found[0] == found[1] == helpers.__file__, importlib.util.find_spec("only_" + helpers.NAME) is not None]


def do_spawned():
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, 3).result()


def do_unclear():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(importlib.import_module, "shared").result().NAME
        except ImportError as error:
            return str(error)


def do_shared():
    import shared

    return shared.NAME


def do_foreign():
    found = []
    for name in ("only_first", "only_second", "spaces.first", "spaces.second"):
        try:
            found.append(importlib.import_module(name).NAME)
        except ImportError as error:
            found.append(type(error).__name__)
    return found


def do_packages():
    import package.inner
    import package.inner as same
    from package import inner
    from package.other import NAME

    return [package.inner.NAME, same is inner is package.inner, NAME, package.inner.own_import()]


def do_project():
    import project

    try:
        library.by_attribute("project").fail()
    except project.Error:
        return project.__name__
    return "not caught"


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = json.dumps(globals()["do_" + scope["path"][1:]]()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
`

const filesOf = (name) => ({
  'main.py': MAIN,
  'from_library.py': 'import library\n\napp = library.Application("helpers")\n',
  'helpers.py':
    `import threading\n\nNAME = "${name}"\nmade = []\nimported = threading.Event()\n\n\ndef make_handler():\n    import logging\n\n` +
    '    made.append(NAME)\n    return logging.NullHandler()\n',
  [`bare_${name}.py`]: 'import helpers\n\nhelpers.imported.set()\n',
  [`only_${name}.py`]: `NAME = "${name}"\n`,
  [`spaces/${name}.py`]: `NAME = "${name}"\n`,
  'package/__init__.py': '',
  'package/inner.py': 'from . import other\n\nNAME = "inner of " + other.NAME\n\n\n' +
    'def own_import():\n    import helpers\n    import package.other\n\n' +
    '    return [helpers.NAME, package.other.NAME]\n',
  'package/other.py': `NAME = "${name}"\n`,
  [`app_of_${name}.py`]: MAIN,
})

/** What each question answers in a docroot of this name, whichever others there are. */
const answersOf = (name) => ({
  pickle: true,
  hints: true,
  library: [name, name, name],
  logging: ['said', [name]],
  processes: [1, name],
  threads: [true, [2, name]],
  bare_threads: true,
  specs: [true, true],
  own_module: true,
  reload: true,
  // What only another docroot has is not there: modules, and parts of a namespace package that both have.
  foreign: ['only_first', 'only_second', 'spaces.first', 'spaces.second'].map((each) => {
    return each.endsWith(name) ? name : 'ModuleNotFoundError'
  }),
  packages: [`inner of ${name}`, true, name, [name, name]],
  project: 'project',
})

const QUESTIONS = Object.keys(answersOf(''))

for (const python of PYTHONS) {
  let venv
  let place

  before(() => {
    place = { undo: [], after: (callback) => place.undo.push(callback) }
    // The project has its sources in a folder that a .pth file names, as an editable installation does it.
    const folder = fs.realpathSync(makeFolder(place, {
      'work/src/project/__init__.py': 'class Error(Exception):\n    pass\n\n\ndef fail():\n    raise Error\n',
    }))
    venv = path.join(folder, 'venv')
    execFileSync(python, ['-m', 'venv', '--without-pip', venv])
    const [site] = fs.readdirSync(path.join(venv, 'lib')).map((each) => path.join(venv, 'lib', each, 'site-packages'))
    fs.writeFileSync(path.join(site, 'library.py'), LIBRARY)
    fs.writeFileSync(path.join(site, 'project.pth'), path.join(folder, 'work', 'src') + '\n')
    for (const name of ['first', 'second', 'third']) {
      for (const [file, text] of Object.entries(filesOf(name))) {
        const whole = path.join(folder, 'work', name, file)
        fs.mkdirSync(path.dirname(whole), { recursive: true })
        fs.writeFileSync(whole, text)
      }
    }
    // Sources that are a docroot themselves.
    fs.writeFileSync(path.join(folder, 'work', 'src', 'main.py'), MAIN)
    fs.writeFileSync(path.join(folder, 'work', 'src', 'helpers.py'), 'NAME = "src"\n')
    place.folder = path.join(folder, 'work')
  })

  after(() => {
    for (const undo of place.undo) undo()
  })

  const docroot = (name) => path.join(place.folder, name)

  /** The answers of handlers, made in a process of their own: `[docroot's name, target]` each. */
  function ask(apps, asks, settings = {}) {
    const handlers = apps.map(([name, appTarget]) => ({ docroot: docroot(name), appTarget }))
    const script = path.join(__dirname, 'fixtures', 'ask-docroots.js')
    const args = [script, JSON.stringify({ handlers, asks: asks.map(([number, name]) => [number, `/${name}`]) })]
    const env = environment(settings, settings.PYTHON_NODE_PYTHON ?? venv)
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 60000 })
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }

  test(`docroots with modules of the same names are apart: ${python}`, () => {
    const names = ['first', 'second', 'third']
    const numbers = [1, 0, 2, 0, 1]
    const asks = numbers.flatMap((number) => QUESTIONS.map((question) => [number, question]))
    const answers = ask(names.map((name) => [name, 'main:app']), asks)
    for (const [at, [number, question]] of asks.entries()) {
      const expected = answersOf(names[number])[question]
      // Asked again, it has made one more.
      if (question === 'logging') answers[at][1].length = 1
      assert.deepEqual(answers[at], expected, `${question} of ${names[number]}`)
    }
  })

  test(`the first docroot acts as a script’s folder, before and after a second is added: ${python}`, () => {
    const asks = ['names', 'path', 'own_module', 'foreign', 'spawned'].map((question) => [0, question])
    const home = docroot('first')
    const expected = [['main', 'helpers', 'main'], [home, home], true, answersOf('first').foreign, [3, 'first']]
    assert.deepEqual(ask([['first', 'main:app']], asks), expected)
    assert.deepEqual(ask([['first', 'main:app'], ['second', 'main:app']], asks), expected)
  })

  test(`the modules of a further docroot have the docroot in their names only where another has theirs: ${python}`, () => {
    const apps = [['first', 'app_of_first:app'], ['second', 'app_of_second:app']]
    assert.deepEqual(ask(apps, [[0, 'names'], [1, 'names']]), [
      ['app_of_first', 'helpers', 'app_of_first'],
      ['app_of_second', 'docroot_second.helpers', 'app_of_second'],
    ])
  })

  test(`a name in several further docroots, requested by none of them, is refused with the files: ${python}`, () => {
    for (const name of ['second', 'third']) {
      fs.writeFileSync(path.join(docroot(name), 'shared.py'), `NAME = "${name}"\n`)
    }
    const apps = ['first', 'second', 'third'].map((name) => [name, 'main:app'])
    const [unclear, second, third, first] = ask(apps, [[1, 'unclear'], [1, 'shared'], [2, 'shared'], [0, 'shared']])
    for (const part of ["'shared'", 'second/shared.py', 'third/shared.py']) assert.ok(unclear.includes(part), unclear)
    assert.deepEqual([second, third], ['second', 'third'])
    assert.equal(first, "Python error: ModuleNotFoundError: No module named 'shared'")
    // Where only one has it, there is no question.
    assert.deepEqual(ask(apps.slice(0, 2), [[0, 'unclear'], [1, 'unclear']]), ['second', 'second'])
  })

  test(`a module that was gone before it was imported leaves its name to the next docroot: ${python}`, (t) => {
    const folders = [1, 2, 3].map(() => makeFolder(t, { 'main.py': MAIN, 'helpers.py': 'NAME = 1\n' }))
    for (const folder of folders.slice(1)) fs.writeFileSync(path.join(folder, 'breaks.py'), '1 / 0\n')
    const code = `
      const fs = require('node:fs')
      const { PythonHandler } = require('.')
      for (const docroot of process.argv.slice(1)) {
        try {
          new PythonHandler('breaks:app', { docroot })
        } catch ({ code, message }) {
          console.log(code, message.slice(0, 48))
        }
        fs.rmSync(docroot + '/breaks.py', { force: true })
      }`
    const options = { cwd: path.join(__dirname, '..'), encoding: 'utf8', env: environment({}, venv) }
    const output = execFileSync(process.execPath, ['-e', code, ...folders], options)
    const broken = 'ERR_ASGI_PYTHON Python error: ZeroDivisionError: division by zer'
    const [first, ...others] = output.trim().split('\n')
    assert.match(first, /^ERR_ASGI_ENTRY_NOT_FOUND/)
    assert.deepEqual(others, [broken, broken])
  })

  test(`a library’s own app imports the modules of its docroot: ${python}`, () => {
    const apps = ['first', 'second'].map((name) => [name, 'from_library:app'])
    assert.deepEqual(ask(apps, [[1, ''], [0, ''], [1, '']]), ['second', 'first', 'second'])
  })

  test(`a folder that is on sys.path anyway may be a docroot, and its modules are imported once: ${python}`, () => {
    for (const apps of [['first', 'src'], ['src', 'first']]) {
      const number = apps.indexOf('src')
      const answers = ask(apps.map((name) => [name, 'main:app']), [[number, 'project'], [1 - number, 'project'], [
        number,
        'library',
      ]])
      assert.deepEqual(answers, ['project', 'project', ['src', 'src', 'src']])
    }
  })

  test(`a Python below a docroot does not count as the app's own code: ${python}`, (t) => {
    const prefix = path.dirname(path.dirname(python))
    const link = path.join(docroot('first'), 'python')
    fs.symlinkSync(prefix, link)
    t.after(() => fs.rmSync(link))
    const library = path.dirname(
      fs.readdirSync(path.join(venv, 'lib')).map((each) => path.join(venv, 'lib', each, 'x'))[0],
    )
    const settings = {
      PYTHON_NODE_PYTHON: python,
      PYTHONHOME: link,
      PYTHONPATH: path.join(library, 'site-packages') + ':' + docroot('src'),
    }
    const questions = ['pickle', 'hints', 'processes', 'library', 'logging']
    const asks = [1, 0].flatMap((number) => questions.map((question) => [number, question]))
    const answers = ask([['first', 'main:app'], ['second', 'main:app']], asks, settings)
    const expected = asks.map(([number, question]) => answersOf(['first', 'second'][number])[question])
    assert.deepEqual(answers, expected)
  })
}

'use strict'

const path = require('node:path')
const { SetupError } = require('../../js/setup/setup-error')
const { install, interpreter, isComplete } = require('../../js/setup/virtual-environment')
const { APPS } = require('./apps')

const scripts = path.dirname(interpreter)
const FREASTAL = 'import sys; sys.path.insert(0, sys.argv[1]); from importlib import import_module; ' +
  "from freastal import serve_asgi; serve_asgi(import_module(sys.argv[2]).app, host='127.0.0.1', port=int(sys.argv[3]))"

/**
 * Other servers for ASGI, one process and one event loop each, and what starts them for a module of Fixtures/apps. Where a
 * package cannot be installed, its rows are left out.
 *
 * @type {Record<string, { package: string, module: string, command: (name: string, port: number) => string[] }>}
 */
const PYTHON_SERVERS = {
  granian: {
    package: 'granian',
    module: 'granian',
    command: (name, port) => [
      path.join(scripts, 'granian'),
      ...['--interface', 'asgi', '--loop', 'uvloop', '--no-ws', '--http', '1', '--working-dir', APPS],
      ...['--host', '127.0.0.1', '--port', `${port}`, `${name}:app`],
    ],
  },
  peregrine: {
    package: 'peregrine-server',
    module: 'peregrine',
    command: (name, port) => [
      path.join(scripts, 'peregrine'),
      ...['--protocol', 'asgi', '--python-path', APPS, '--host', '127.0.0.1', '--port', `${port}`, `${name}:app`],
    ],
  },
  freastal: {
    package: 'freastal',
    module: 'freastal',
    command: (name, port) => [interpreter, '-c', FREASTAL, APPS, name, `${port}`],
  },
  h2corn: {
    package: 'h2corn',
    module: 'h2corn',
    command: (name, port) => [
      path.join(scripts, 'h2corn'),
      ...['--loop', 'uvloop', '--app-dir', APPS, '--bind', `127.0.0.1:${port}`, `${name}:app`],
    ],
  },
}

/**
 * Installs the servers into `.venv`, except those that are not available for its Python.
 *
 * @param {import('../../js/setup/console').Console} console
 */
async function provideServers(console) {
  for (const { package: name } of Object.values(PYTHON_SERVERS)) {
    if (isComplete([name])) continue
    try {
      await install(console, [name])
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      console.line(`${name} cannot be installed; its rows are left out.`)
    }
  }
}

module.exports = { PYTHON_SERVERS, provideServers }

'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const help = require('../../js/serve/help')
const { OPTIONS, variableOf } = require('../../js/serve/options')
const { parse } = require('../../js/serve/settings')
const { makeFolder } = require('../support')

test('without options there are defaults, as plain data', () => {
  const settings = parse([], {})
  assert.deepEqual(JSON.parse(JSON.stringify(settings)), settings)
  assert.ok(Object.isFrozen(settings))
  const { target, host, port, workers, lifespan, timeoutKeepAlive, accessLog, logLevel, appDir } = settings
  assert.deepEqual({ target, host, port, workers, lifespan, timeoutKeepAlive, accessLog, logLevel, appDir }, {
    target: 'main:app',
    host: '127.0.0.1',
    port: 8000,
    workers: 1,
    lifespan: 'auto',
    timeoutKeepAlive: 5,
    accessLog: true,
    logLevel: 'info',
    appDir: process.cwd(),
  })
})

test('options are read in each form', () => {
  const args = ['shop.asgi:make', '--port=1', '--port', '2', '--factory', '--no-access-log', '--reload-dir', 'js']
  const settings = parse([...args, '--header', 'A: 1', '--header', 'b:2 ', '--timeout-keep-alive', '0.5'], {})
  assert.equal(settings.target, 'shop.asgi:make')
  assert.equal(settings.port, 2, 'the last one counts')
  assert.equal(settings.factory, true)
  assert.equal(settings.accessLog, false)
  assert.deepEqual(settings.reloadDirs, [path.resolve('js')])
  assert.deepEqual(settings.headers, [['A', '1'], ['b', '2']])
  assert.equal(settings.timeoutKeepAlive, 0.5)
})

test('the command line wins over the environment, the environment over the file, the file over the defaults', (t) => {
  const folder = makeFolder(t, { '.env': 'PYTHON_NODE_PORT=1\nPYTHON_NODE_HOST=one\nPYTHON_NODE_LOG_LEVEL=debug\n' })
  const env = { PYTHON_NODE_ENV_FILE: path.join(folder, '.env'), PYTHON_NODE_PORT: '2', PYTHON_NODE_HOST: 'two' }
  const { port, host, logLevel, envFile } = parse(['--port', '3'], env)
  assert.deepEqual({ port, host, logLevel, envFile }, {
    port: 3,
    host: 'two',
    logLevel: 'debug',
    envFile: path.join(folder, '.env'),
  })
})

test('each option has a variable', () => {
  const texts = { flag: 'true', switch: '0', truth: '0', whole: '7', seconds: '7.5', text: '/some', list: 'X: y' }
  const allowed = {
    PYTHON_NODE_APP_DIR: process.cwd(),
    PYTHON_NODE_LOOP: 'asyncio',
    PYTHON_NODE_FORWARDED_ALLOW_IPS: '10.0.0.1',
    PYTHON_NODE_RELOAD_DIR: 'js, test',
    PYTHON_NODE_STATIC_PATH_ROUTE: '/static, /media',
    PYTHON_NODE_STATIC_PATH_MOUNT: 'js, test',
    PYTHON_NODE_SSL_CERT_REQS: '2',
    PYTHON_NODE_SSL_VERSION: '5',
    PYTHON_NODE_LIMIT_HEADER_SIZE: '65536',
    PYTHON_NODE_UDS: '',
    PYTHON_NODE_HTTP: 'node',
    PYTHON_NODE_LOG_CONFIG: __filename,
  }
  const env = { PYTHON_NODE_APP: 'x:y' }
  for (const { name, type } of OPTIONS) {
    // The handler reads that of `python`.
    if (name === 'env-file' || name === 'python') continue
    env[variableOf(name)] = allowed[variableOf(name)] ?? (Array.isArray(type) ? type.at(-1) : texts[type])
  }
  const settings = parse([], env)
  const defaults = parse([], {})
  for (const { name, key } of OPTIONS) {
    if (!['env-file', 'app-dir', 'python', 'uds', 'ws'].includes(name)) {
      assert.notDeepEqual(settings[key], defaults[key], name)
    }
  }
  assert.equal(settings.target, 'x:y')
  assert.equal(settings.proxyHeaders, false)
  assert.deepEqual(settings.headers, [['Server', 'python-node'], ['X', 'y']])
  assert.deepEqual(settings.reloadDirs, [path.resolve('js'), path.resolve('test')])
  assert.equal(parse([], { PYTHON_NODE_UDS: '/some' }).uds, '/some')
})

test('$WEB_CONCURRENCY and $FORWARDED_ALLOW_IPS mean the same as for uvicorn', () => {
  assert.equal(parse([], { WEB_CONCURRENCY: '3' }).workers, 3)
  assert.equal(parse([], { WEB_CONCURRENCY: '3', PYTHON_NODE_WORKERS: '4' }).workers, 4)
  assert.equal(parse([], { FORWARDED_ALLOW_IPS: '*' }).forwardedAllowIps, '*')
})

test('the help names every option and fits a page', () => {
  const lines = help.SERVE.trimEnd().split('\n')
  assert.ok(lines.length <= 60, `${lines.length} lines`)
  for (const line of lines) assert.ok(line.length <= 80, line)
  for (const { name, type } of OPTIONS) {
    const shown = type === 'switch' ? `--no-${name}` : `--${name}`
    assert.match(help.SERVE, new RegExp(`${shown}\\b`), shown)
  }
})

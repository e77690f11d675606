// The options of a handler: defaults and checks.
'use strict'

const { owned } = require('./checks')
const { codes, create, shown } = require('./errors')

const defaults = {
  docroot: undefined,
  appTarget: 'main:app',
  rootPath: '',
  python: '',
  interface: 'auto',
  factory: false,
  // Only set by `serve`: JSON for `configure_logging` in loggers.py.
  logging: '',
  lifespan: 'auto',
  lifespanScope: 'loop',
  lifespanTimeout: 60000,
  loop: 'auto',
  loops: undefined,
  thread: undefined,
  responseTimeout: 30000,
  maxConcurrency: 0,
  highWaterMark: 65536,
  scope: undefined,
  exposeErrors: false,
  wsMaxPayload: 16 << 20,
  wsPingInterval: 20000,
  wsPingTimeout: 20000,
  wsQueue: 32,
  wsAcceptTimeout: 10000,
  perMessageDeflate: true,
}
const choices = {
  interface: ['auto', 'asgi3', 'asgi2', 'wsgi'],
  lifespan: ['auto', 'on', 'off'],
  lifespanScope: ['loop', 'process'],
  thread: ['own', 'node'],
}
const checks = {
  docroot: string,
  rootPath,
  python: string,
  loop: string,
  factory: boolean,
  logging: string,
  exposeErrors: boolean,
  wsMaxPayload: count,
  wsPingInterval: count,
  wsPingTimeout: count,
  wsQueue: count,
  wsAcceptTimeout: count,
  perMessageDeflate: booleanOrObject,
  lifespanTimeout: count,
  loops,
  responseTimeout: count,
  maxConcurrency: count,
  highWaterMark: count,
  scope: objectOrFunction,
}

function invalid(name, value, expected) {
  return create('ERR_ASGI_INVALID_OPTION', `Invalid option '${name}': got ${shown(value)}, expected ${expected}`)
}

function string(name, value) {
  if (typeof value !== 'string') throw invalid(name, value, 'a string')
}

function rootPath(name, value) {
  string(name, value)
  if (value !== '' && (!value.startsWith('/') || value.endsWith('/'))) {
    throw invalid(name, value, "'' or a path like '/api', without a slash at its end")
  }
}

function boolean(name, value) {
  if (typeof value !== 'boolean') throw invalid(name, value, 'true or false')
}

function booleanOrObject(name, value) {
  if (typeof value === 'boolean' || (typeof value === 'object' && value !== null)) return
  throw invalid(name, value, 'true, false or an object')
}

function count(name, value) {
  if (!Number.isSafeInteger(value) || value < 0 || value > 0x7fffffff) {
    throw invalid(name, value, 'a whole number from 0 to 2147483647')
  }
}

/** More than the cores of any machine; each loop costs a thread. */
const MAX_LOOPS = 1024

function loops(name, value) {
  if (!Number.isSafeInteger(value) || value < 0 || value > MAX_LOOPS) {
    throw invalid(name, value, `a whole number from 0 (one per core) to ${MAX_LOOPS}`)
  }
}

function objectOrFunction(name, value) {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value))) return
  throw invalid(name, value, 'an object or a function')
}

function invalidTarget(target) {
  return create('ERR_ASGI_INVALID_TARGET', `${codes.ERR_ASGI_INVALID_TARGET}, got ${shown(target)}`)
}

/** Splits `'file:function'`. */
function splitTarget(target) {
  const parts = target.split(':')
  if (parts.length !== 2 || parts[0] === '' || parts[1] === '') throw invalidTarget(target)
  return { file: parts[0], attribute: parts[1] }
}

/** Parses a target: `'file:function'` or `{ file, function }`. */
function target(input) {
  if (typeof input === 'string') return splitTarget(input)
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    const { file, function: attribute } = owned(input)
    if (typeof file === 'string' && typeof attribute === 'string') {
      if (file === '' || attribute === '') throw invalidTarget(`${file}:${attribute}`)
      return { file, attribute }
    }
  }
  const text = `${codes.ERR_ASGI_INVALID_INPUT}: "file:function" or { file, function }, got ${shown(input)}`
  throw create('ERR_ASGI_INVALID_INPUT', text)
}

/** The target of a handler that only calls functions. */
const NO_APP = Object.freeze({ file: '', attribute: '' })

/** Parses the arguments of the three forms of the constructor. */
function read(args) {
  const [first = {}, second, third] = args
  if (typeof first === 'string' && typeof second === 'string') {
    return { target: target({ file: first, function: second }), options: complete(third) }
  }
  const isOptions = typeof first === 'object' && first !== null && !Object.hasOwn(first, 'file') &&
    !Object.hasOwn(first, 'function')
  if (isOptions && second === undefined && !Array.isArray(first)) {
    const options = complete(first)
    return { target: options.appTarget === null ? NO_APP : target(options.appTarget), options }
  }
  return { target: target(first), options: complete(second) }
}

/** Checks options and adds the defaults. */
function complete(given = {}) {
  if (typeof given !== 'object' || given === null) throw invalid('options', given, 'an object')
  const options = { ...defaults }
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value === undefined) continue
    if (Object.hasOwn(choices, name) && !choices[name].includes(value)) {
      throw invalid(name, value, choices[name].map((choice) => `'${choice}'`).join(', '))
    }
    if (Object.hasOwn(checks, name)) checks[name](name, value)
    options[name] = value
  }
  const thread = options.thread ?? threadOfEnvironment()
  if (thread === 'node' && options.loop === 'uvloop') {
    throw invalid('loop', options.loop, "'auto' or 'asyncio', because thread 'node' only runs asyncio's own loop")
  }
  if (options.loops === undefined) checkLoopsOfEnvironment()
  return Object.freeze(options)
}

/** Checks `PYTHON_NODE_LOOPS`, the default of the first handler's option. */
function checkLoopsOfEnvironment() {
  const value = process.env.PYTHON_NODE_LOOPS
  if (value === undefined || value === '') return
  if (/^[0-9]{1,4}$/.test(value) && Number(value) <= MAX_LOOPS) return
  throw invalid('loops', value, `a whole number from 0 (one per core) to ${MAX_LOOPS} in PYTHON_NODE_LOOPS`)
}

/** `PYTHON_NODE_THREAD`, the default of the first handler's option. */
function threadOfEnvironment() {
  const value = process.env.PYTHON_NODE_THREAD
  if (value === undefined || value === '') return ''
  if (!choices.thread.includes(value)) throw invalid('thread', value, "'own', 'node' in PYTHON_NODE_THREAD")
  return value
}

module.exports = Object.freeze({ read, target })

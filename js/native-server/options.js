'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { isAddable } = require('../http/added-headers')
const { PROXIES, proxiesOf } = require('../http/addresses')

const { create } = core.errors
const { headerName, headerValue, owned } = core.checks

/** The maximum of milliseconds, bytes and connections. */
const MOST = 0x7fffffff

/** The default of `headersTimeout` in ms, unless `requestTimeout` is less. */
const HEADERS_TIMEOUT = 60_000

/** The default options; an undefined default depends on other options. */
const DEFAULTS = {
  paths: ['/'],
  ioThreads: 1,
  headersTimeout: undefined,
  requestTimeout: 300_000,
  keepAliveTimeout: 5_000,
  writeTimeout: 0,
  maxHeaderSize: 16_384,
  maxHeadersCount: 2_000,
  maxConnections: 0,
  maxRequestBody: 0,
  healthPath: '',
  forwardedAllowIps: undefined,
  headers: {},
  exposeErrors: undefined,
}

/** The ranges of numeric options. */
const RANGES = {
  ioThreads: [1, 64],
  headersTimeout: [0, MOST],
  requestTimeout: [0, MOST],
  keepAliveTimeout: [0, MOST],
  writeTimeout: [0, MOST],
  maxHeaderSize: [1_024, MOST],
  maxHeadersCount: [0, MOST],
  maxConnections: [0, MOST],
  maxRequestBody: [0, Number.MAX_SAFE_INTEGER],
}

/** Handler options that need JavaScript for each request, with checks whether they are set. */
const OF_JAVASCRIPT = {
  rewriter: (_, { rewriter }) => rewriter !== null,
  scope: ({ scope }) => typeof scope === 'function',
}

/**
 * Parses the options of `createServer`.
 *
 * @param {object} options
 * @param {object} ofHandler options of the handler that are defaults here.
 * @param {import('../http/forwarded').Forwarded | null} ofHandler.forwarded
 * @param {boolean} ofHandler.exposeErrors
 * @returns {Readonly<object>} with defaults; `headers` as `[name, value]` pairs, `forwardedAllowIps` as a string.
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function readOptions(options, { forwarded, exposeErrors }) {
  const given = owned(options)
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      throw invalid(name, `unknown, expected one of ${Object.keys(DEFAULTS).join(', ')}`)
    }
    if (value !== undefined) settings[name] = value
  }
  const { requestTimeout } = settings
  settings.headersTimeout ??= requestTimeout > 0 ? Math.min(HEADERS_TIMEOUT, requestTimeout) : HEADERS_TIMEOUT
  for (const [name, range] of Object.entries(RANGES)) checkWhole(name, settings[name], range)
  if (requestTimeout > 0 && settings.headersTimeout > requestTimeout) {
    throw invalid(
      'headersTimeout',
      `expected at most requestTimeout (${requestTimeout}), got ${settings.headersTimeout}`,
    )
  }
  checkPaths(settings.paths)
  if (settings.healthPath !== '' && !isPath(settings.healthPath)) {
    throw expected('healthPath', "'' or a path like '/health'", settings.healthPath)
  }
  settings.forwardedAllowIps = listOf(settings.forwardedAllowIps ?? forwarded?.list ?? '')
  settings.headers = pairsOf(settings.headers)
  settings.exposeErrors ??= exposeErrors
  if (typeof settings.exposeErrors !== 'boolean') throw expected('exposeErrors', 'a boolean', settings.exposeErrors)
  return Object.freeze(settings)
}

/**
 * Refuses a handler whose options need JavaScript for each request, which this server does not run.
 *
 * @param {object} application
 * @param {{ rewriter: object | null }} view how the handler's listener reads requests.
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function checkHandler(application, view) {
  for (const [name, isGiven] of Object.entries(OF_JAVASCRIPT)) {
    if (!isGiven(application.options, view)) continue
    const text = name === 'scope' ? 'a function is called' : 'it is applied'
    throw invalid(name, `${text} in JavaScript, which this server does not run: use http.createServer(python.listener)`)
  }
}

function checkWhole(name, value, [lowest, highest]) {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return
  throw expected(name, `a whole number from ${lowest} to ${highest}`, value)
}

function checkPaths(paths) {
  const isList = Array.isArray(paths) && paths.length > 0
  if (isList && paths.every((path) => path === '/' || (isPath(path) && !path.endsWith('/')))) return
  throw expected('paths', "paths like '/api', without a slash at their end, or '/' for all", paths)
}

function isPath(value) {
  return typeof value === 'string' && /^\/[\x21-\x7e]*$/.test(value) && !/[?#]/.test(value)
}

/** Converts the option to a comma-separated list. */
function listOf(proxies) {
  const list = proxiesOf(proxies)
  if (list !== undefined) return list
  throw expected('forwardedAllowIps', PROXIES, proxies)
}

/** Converts headers to `[name, value]` pairs. */
function pairsOf(headers) {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw expected('headers', "an object like { server: 'name' }", headers)
  }
  const pairs = []
  for (const [name, values] of Object.entries(headers)) {
    try {
      headerName(name)
      for (const value of [values].flat()) pairs.push([name, headerValue(value)])
    } catch (error) {
      throw invalid('headers', error.message)
    }
    if (!isAddable(name)) throw invalid('headers', `${name} cannot be set for all responses, the server sets it itself`)
  }
  return pairs
}

function expected(name, what, value) {
  return invalid(name, `expected ${what}, got ${inspect(value)}`)
}

function invalid(name, text) {
  return create('ERR_ASGI_INVALID_OPTION', `Invalid option '${name}': ${text}`)
}

module.exports = { checkHandler, readOptions }

'use strict'

const http = require('node:http')
const { inspect } = require('node:util')
const { core } = require('../binding')
const { checkHandler, readOptions } = require('./options')
const { PythonServer } = require('./server')

/** Settings that only `serve` changes. */
const FIXED = {
  /** Whether responses have a Date. */
  dateHeader: true,
  /** Whether `headers` are added to headers of the same name, instead of being defaults. */
  repeatsHeaders: false,
  /** Prefixes of paths that are not sent to the app. */
  otherPaths: [],
  /** The format of the access log: `text` or `json`, `isColored` and `statusTexts`, see AccessLogFormat.swift. */
  accessLog: '',
  /** Responses after which `onReached` is called; 0 for none. */
  maxRequests: 0,
  /** Which requests are measured, see RequestMetrics.swift; without `methods`: none. */
  methods: [],
  nanoseconds: [],
  bytes: [],
}

/**
 * Makes the server of `handler.createServer(options?, requestListener?)`.
 *
 * @param {import('..').PythonHandler} handler
 * @param {object} view how its listener reads requests.
 * @param {any[]} args
 * @returns {PythonServer}
 * @throws {AsgiError} `ERR_ASGI_INVALID_OPTION`.
 */
function createServer(handler, view, [first, second]) {
  const isListenerFirst = typeof first === 'function' || first instanceof http.Server
  const options = isListenerFirst ? {} : first ?? {}
  const requestListener = (isListenerFirst ? first : second) ?? null
  if (typeof options !== 'object') throw invalid('options', 'an object', options)
  if (requestListener !== null && typeof requestListener !== 'function' && !(requestListener instanceof http.Server)) {
    throw invalid('requestListener', 'a function or a server of node:http', requestListener)
  }
  const application = handler[core.symbols.application]
  checkHandler(application, view)
  const { exposeErrors } = application.options
  const settings = readOptions(options, { forwarded: view.forwarded, exposeErrors })
  return new PythonServer(handler, { ...settings, ...FIXED }, requestListener)
}

function invalid(name, expected, value) {
  const text = `Invalid option '${name}': expected ${expected}, got ${inspect(value, { depth: 0 })}`
  return core.errors.create('ERR_ASGI_INVALID_OPTION', text)
}

module.exports = { createServer }

// Converts request objects to what is sent to the application.
'use strict'

const checks = require('./checks')
const { create, expectedRequest } = require('./errors')
const symbols = require('./symbols')

const { own, ownValue } = checks
const all = Object.prototype

/**
 * The parts of a request that `Application.open` needs.
 */
class RequestHead {
  method = 'GET'
  /** Path and query as sent. */
  target = '/'
  scheme = 'http'
  httpVersion = '1.1'
  /** A mount prefix, appended to the handler's rootPath. */
  rootPath = ''
  /** Anything that `HeaderList.read` accepts. */
  headers = undefined
  /** @type {Buffer | null} */
  body = null
  /** Whether more of the body follows with `exchange.write`. */
  bodyOpen = false
  /** How many bytes follow, if the transport knows; else -1. */
  bodyLength = -1
  /** Whether the exchange buffers the whole response, without backpressure. */
  buffered = false
  clientHost = ''
  clientPort = undefined
  serverHost = ''
  serverPort = undefined
  /** ASGI's `tls` extension as JSON; '' without TLS. */
  tls = ''
  /** Extra keys of this request's scope as ASCII JSON, see keysOf; '' for none. */
  keys = ''
  /** Flags of the transport: see abilities.js. */
  abilities = 0
  /** Whether the body is a scope of any type: see value-writer.js. */
  raw = false
  /** Whether the scope is the call of a plain function: see functions.py. */
  function = false
  /** Whether it is the handshake of a WebSocket. */
  webSocket = false
}

/** The head of a `Request`, or of a plain object with its properties. */
function prepare(request) {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw expectedRequest(request)
  }
  const url = ownValue(request, 'url', request.url, all.url)
  const method = ownValue(request, 'method', request.method, all.method)
  const headers = ownValue(request, 'headers', request.headers, all.headers)
  const socket = ownValue(request, 'socket', request.socket, all.socket)
  if (url === undefined || url === null) {
    if (method === undefined && headers === undefined) throw expectedRequest(request)
    throw create('ERR_ASGI_MISSING_FIELD')
  }
  const head = new RequestHead()
  if (method !== undefined) head.method = checks.method(method)
  // A Request has parsed its URL already.
  const { scheme, target } = request[symbols.target] ?? checks.target(url)
  head.target = target
  if (scheme === 'https' || scheme === 'wss') head.scheme = 'https'
  head.headers = headers
  head.body = checks.body(ownValue(request, 'body', request.body, all.body))
  if (socket !== undefined && socket !== null) address(head, socket)
  const open = request[symbols.bodyOpen]
  head.bodyOpen = open === true
  return head
}

/** Reads the addresses of a socket, or of an object with a socket's properties. */
function address(head, socket) {
  const remoteAddress = own(socket, 'remoteAddress')
  if (typeof remoteAddress === 'string') {
    head.clientHost = remoteAddress
    head.clientPort = port(own(socket, 'remotePort'))
  }
  const localAddress = own(socket, 'localAddress')
  if (typeof localAddress === 'string') {
    head.serverHost = localAddress
    head.serverPort = port(own(socket, 'localPort'))
  }
  if (own(socket, 'encrypted') === true) head.scheme = 'https'
}

/** The value if it is a valid port, else undefined. */
function port(value) {
  return Number.isInteger(value) && value >= 0 && value <= 65535 ? value : undefined
}

/** Keys that the option `scope` cannot set: STANDARD_KEYS in scopes.py. */
const standardKeys = new Set([
  'type',
  'asgi',
  'http_version',
  'method',
  'scheme',
  'path',
  'raw_path',
  'query_string',
  'root_path',
  'headers',
  'client',
  'server',
  'state',
  'extensions',
  'subprotocols',
])

/**
 * The extra scope keys of one request, if the option `scope` is a function.
 * @param {object} options of the handler
 * @param {object} request the function's argument
 * @returns {string} ASCII JSON; '' for none
 */
function keysOf(options, request) {
  if (typeof options.scope !== 'function') return ''
  const keys = options.scope(request)
  if (keys === undefined || keys === null) return ''
  const isObject = typeof keys === 'object' && typeof keys.then !== 'function'
  const json = isObject ? JSON.stringify(keys) : undefined
  if (json === undefined || !json.startsWith('{')) {
    const shown = !isObject && typeof keys === 'object' ? 'a promise' : Array.isArray(keys) ? 'an array' : typeof keys
    throw invalidKeys(`its function returned ${shown}, expected an object`)
  }
  const names = Object.keys(typeof keys.toJSON === 'function' ? JSON.parse(json) : keys)
  const wrong = names.find((name) => standardKeys.has(name))
  if (wrong !== undefined) throw invalidKeys(`'${wrong}' is set for each request and cannot be overridden`)
  return ascii(json)
}

function invalidKeys(text) {
  return create('ERR_ASGI_INVALID_OPTION', `Invalid option 'scope': ${text}`)
}

/** Escapes what is not ASCII, because the text of a head is Latin-1. */
function ascii(json) {
  return json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

module.exports = Object.freeze({ RequestHead, prepare, address, keysOf, ascii })

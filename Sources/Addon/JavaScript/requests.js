// From a request object, of whichever kind, to what is sent to the application.
'use strict'

const checks = require('./checks')
const { create } = require('./errors')
const symbols = require('./symbols')

const { own, said } = checks
const all = Object.prototype

/**
 * What `open` needs to know of a request; one shape for all, so that V8 keeps one hidden class.
 */
class RequestHead {
  method = 'GET'
  /** Path and query as sent. */
  target = '/'
  scheme = 'http'
  httpVersion = '1.1'
  /** A mount prefix behind the handler's own rootPath. */
  rootPath = ''
  /** Anything that `HeaderList.read` takes. */
  headers = undefined
  /** @type {Buffer | null} */
  body = null
  /** More of the body follows with `exchange.write`. */
  bodyOpen = false
  /** The exchange takes the whole response without acknowledging. */
  buffered = false
  clientHost = ''
  clientPort = undefined
  serverHost = ''
  serverPort = undefined
  /** The connection's TLS, as JSON of ASGI's `tls` extension; '' without. */
  tls = ''
  /** Keys of this request's scope, as JSON in ASCII: see keysOf; '' for none. */
  keys = ''
  /** What the transport can do beyond bodies: see abilities.js. */
  abilities = 0
  /** The body is a scope of any type: see value-writer.js. */
  raw = false
  /** The scope is the call of a plain function: see functions.py. */
  function = false
  /** A WebSocket's handshake. */
  webSocket = false
}

/** The head of a `Request` or of a plain object of its shape. */
function prepare(request) {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw create('ERR_ASGI_EXPECTED_REQUEST')
  }
  const url = said(request, 'url', request.url, all.url)
  const method = said(request, 'method', request.method, all.method)
  const headers = said(request, 'headers', request.headers, all.headers)
  const socket = said(request, 'socket', request.socket, all.socket)
  if (url === undefined || url === null) {
    if (method === undefined && headers === undefined) throw create('ERR_ASGI_EXPECTED_REQUEST')
    throw create('ERR_ASGI_MISSING_FIELD')
  }
  const head = new RequestHead()
  if (method !== undefined) head.method = checks.method(method)
  // A Request has its url looked at already.
  const { scheme, target } = request[symbols.target] ?? checks.target(url)
  head.target = target
  if (scheme === 'https' || scheme === 'wss') head.scheme = 'https'
  head.headers = headers
  head.body = checks.body(said(request, 'body', request.body, all.body))
  if (socket !== undefined && socket !== null) address(head, socket)
  const open = request[symbols.bodyOpen]
  head.bodyOpen = open === true
  return head
}

/** The addresses of a socket, or of an object with a socket's properties. */
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

/** A port's number; undefined for what is none. */
function port(value) {
  return Number.isInteger(value) && value >= 0 && value <= 65535 ? value : undefined
}

/** What each scope has of its own: STANDARD_KEYS in scopes.py. */
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
 * The keys that the option `scope` has for one request, where it is a function.
 * @param {object} options the handler's
 * @param {object} request what the function is called with
 * @returns {string} JSON in ASCII; '' for none
 */
function keysOf(options, request) {
  if (typeof options.scope !== 'function') return ''
  const keys = options.scope(request)
  if (keys === undefined || keys === null) return ''
  const isObject = typeof keys === 'object' && typeof keys.then !== 'function'
  const json = isObject ? JSON.stringify(keys) : undefined
  if (json === undefined || !json.startsWith('{')) {
    const shown = !isObject && typeof keys === 'object' ? 'a promise' : Array.isArray(keys) ? 'an array' : typeof keys
    throw invalidKeys(`its function gave ${shown}, expected an object`)
  }
  const names = Object.keys(typeof keys.toJSON === 'function' ? JSON.parse(json) : keys)
  const wrong = names.find((name) => standardKeys.has(name))
  if (wrong !== undefined) throw invalidKeys(`'${wrong}' is set for each request and cannot be overridden`)
  return ascii(json)
}

function invalidKeys(text) {
  return create('ERR_ASGI_INVALID_OPTION', `Invalid option 'scope': ${text}`)
}

/** The text of a head is latin-1. */
function ascii(json) {
  return json.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

module.exports = Object.freeze({ RequestHead, prepare, address, keysOf, ascii })

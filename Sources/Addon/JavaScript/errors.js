// The errors of the package and the table of their codes, used by the addon and by js/.
'use strict'

/** Default messages by code, or how the messages begin. They are part of the public API. */
const codes = Object.freeze({
  ERR_ASGI_INVALID_TARGET: 'Invalid format, expected "file:function"',
  ERR_ASGI_INVALID_INPUT: 'Expected string or object input',
  ERR_ASGI_INVALID_OPTION: 'Invalid option',
  ERR_ASGI_ENTRY_NOT_FOUND: 'Entry point not found',
  ERR_ASGI_PYTHON: 'Python error',
  ERR_ASGI_INTERPRETER: 'No usable Python',
  ERR_ASGI_GIL: 'Several event loops need a Python without a GIL',
  ERR_ASGI_NOT_CALLABLE: 'The target is not callable',
  ERR_ASGI_LIFESPAN: 'Application startup failed',
  ERR_ASGI_NO_RESPONSE: 'No response sent',
  ERR_ASGI_INCOMPLETE_RESPONSE: 'ASGI callable returned without completing response.',
  ERR_ASGI_CLOSED: 'Handler closed',
  ERR_ASGI_TOO_MANY_REQUESTS: 'Too many requests in flight',
  ERR_ASGI_EXPECTED_REQUEST: 'Expected Request',
  ERR_ASGI_INVALID_REQUEST: 'Invalid request',
  ERR_ASGI_TOO_MANY_HEADERS: 'Too many request headers',
  ERR_ASGI_MISSING_OPTIONS: 'Missing `options` argument: expected an object with a `url`',
  ERR_ASGI_MISSING_FIELD: 'Missing field `url`: expected an absolute URL or a path',
  ERR_ASGI_INVALID_URL: 'Invalid URL',
  ERR_ASGI_INVALID_METHOD: 'Invalid `method` name',
  ERR_ASGI_INVALID_HEADER_NAME: 'Invalid header name',
  ERR_ASGI_INVALID_HEADER_VALUE: 'Invalid header value',
  ERR_ASGI_INVALID_BODY: 'Expected a Buffer, a Uint8Array, a string or null as body',
  ERR_ASGI_BODY_PROVIDED:
    'Cannot write to request: body has already been provided to its constructor, leave it out there',
  ERR_ASGI_WRITE_AFTER_END: 'Cannot write to request: it has already ended, call write() before end()',
  ERR_ASGI_REQUEST_USED: 'Request has already been handed to a handler: make another one to send it again',
  ERR_ASGI_BODY_INCOMPLETE: 'handleRequestSync needs a request whose body is complete: call its end() first',
  ERR_ASGI_DISCONNECTED: 'The connection was closed before the response was complete',
  ERR_ASGI_INVALID_REWRITER: 'Invalid rewriter',
  ERR_ASGI_INVALID_EVENT: 'Invalid event',
  ERR_ASGI_WEBSOCKET_LIBRARY: 'WebSockets on a server need the package ws',
  ERR_ASGI_INTERNAL: 'Internal error',
})

/** The property for an error's Python frames, in the form of frames.py. */
const kFrames = Symbol('frames')

const CALL = /^ {4}at /
const MAX_OWN_CALLS = 20
/** Frames of this code and of Node, which do not help a program's author. */
const OWN_CALL = /[( ](?:python-node\/core\/|node:internal\/)/

/** The longest string that a message quotes whole, in UTF-16 units. */
const MAX_SHOWN = 200

/**
 * Describes a rejected value in an error message: strings are quoted, and the contents of objects are not read.
 * @param {any} value
 */
function shown(value) {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value)
  }
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/**
 * Makes the error for a value that is not a request.
 * @param {any} value
 * @param {string} expected what is expected instead
 */
function expectedRequest(value, expected = 'Request or an object with a url') {
  return create('ERR_ASGI_EXPECTED_REQUEST', `Expected ${expected}, got ${shown(value)}`)
}

/** Every error of the package: an `Error` with a stable `code`. */
class AsgiError extends Error {
  /**
   * @param {string} code one of `codes`
   * @param {string} [message] default: the code's
   */
  constructor(code, message = codes[code]) {
    super(message)
    this.code = code
  }

  get name() {
    return 'AsgiError'
  }
}

/**
 * Makes an error.
 * @param {string} code one of `codes`
 * @param {string} [message]
 * @param {object} [extra] assigned onto it
 */
function create(code, message, extra) {
  const error = new AsgiError(code, message)
  if (extra !== undefined) Object.assign(error, extra)
  return error
}

/**
 * Makes an error from the JSON that reporting.py makes.
 * @param {string} json
 */
function fromJSON(json) {
  return fromDescription(JSON.parse(json))
}

function fromDescription(description) {
  // Without a prototype, so that additions to Object.prototype are ignored.
  const { code, message, pythonType, pythonTraceback, frames, cause } = { __proto__: null, ...description }
  const error = withCallers(code, message)
  if (pythonType !== undefined) error.pythonType = pythonType
  if (pythonTraceback !== undefined) hide(error, 'pythonTraceback', pythonTraceback)
  if (frames !== undefined) {
    hide(error, 'stack', stackOf(error, frames))
    hide(error, kFrames, frames)
  }
  if (cause !== undefined) hide(error, 'cause', fromDescription(cause))
  return error
}

/** Makes an error with a deeper stack than usual, because the package's own frames come first. */
function withCallers(code, message) {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  if (limit?.writable !== true || typeof limit.value !== 'number') return new AsgiError(code, message)
  Error.stackTraceLimit = limit.value + MAX_OWN_CALLS
  try {
    return new AsgiError(code, message)
  } finally {
    Error.stackTraceLimit = limit.value
  }
}

/** Sets a property that console.log does not list, because the stack shows it already. */
function hide(error, name, value) {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false })
}

/** An error's stack: Python's frames in JavaScript's format, then the JavaScript callers if they are known. */
function stackOf(error, frames) {
  const callers = String(error.stack).split('\n').filter((line) => CALL.test(line) && !OWN_CALL.test(line))
  const lines = frames.map(([name, file, line, column]) => {
    const place = `${file}:${line}:${column}`
    return name === '' ? `    at ${place}` : `    at ${name} (${place})`
  })
  return [`${error.name}: ${error.message}`, ...lines, ...callers].join('\n')
}

module.exports = Object.freeze({
  AsgiError,
  codes,
  create,
  expectedRequest,
  fromJSON,
  fromDescription,
  kFrames,
  shown,
})

// The errors of the package: one table of codes, shared by the addon alone and the layer in js/.
'use strict'

/** Code -> default message. The texts are part of the public contract. */
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
  ERR_ASGI_MISSING_OPTIONS: 'Missing `options` argument',
  ERR_ASGI_MISSING_FIELD: 'Missing field `url`',
  ERR_ASGI_INVALID_URL: 'Invalid URL',
  ERR_ASGI_INVALID_METHOD: 'Invalid `method` name',
  ERR_ASGI_INVALID_HEADER_NAME: 'Invalid header name',
  ERR_ASGI_INVALID_HEADER_VALUE: 'Invalid header value',
  ERR_ASGI_INVALID_BODY: 'Expected a Buffer, a Uint8Array, a string or null as body',
  ERR_ASGI_BODY_PROVIDED: 'Cannot write to request: body has already been provided',
  ERR_ASGI_WRITE_AFTER_END: 'Cannot write to request: it has already ended',
  ERR_ASGI_REQUEST_USED: 'Request has already been handed to a handler',
  ERR_ASGI_BODY_INCOMPLETE: 'handleRequestSync needs a request whose body is complete',
  ERR_ASGI_DISCONNECTED: 'The connection was closed before the response was complete',
  ERR_ASGI_INVALID_REWRITER: 'Invalid rewriter',
  ERR_ASGI_INVALID_EVENT: 'Invalid event',
  ERR_ASGI_WEBSOCKET_LIBRARY: 'WebSockets on a server need the package ws',
  ERR_ASGI_INTERNAL: 'Internal error',
})

/** Where an error keeps Python's frames, as frames.py describes them. */
const kFrames = Symbol('frames')

const CALL = /^ {4}at /
const MOST_OWN_CALLS = 20
/** What says nothing to a program's author: calls in here and in Node. */
const OWN_CALL = /[( ](?:python-node\/core\/|node:internal\/)/

/** Every error of the package: an `Error` with a stable `code`. */
class AsgiError extends Error {
  /**
   * @param {string} code one of `codes`
   * @param {string} [message] the code's default text when left out
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
 * Makes an error of the host's description: JSON with `code`, `message` and what Python told.
 * @param {string} json
 */
function fromJSON(json) {
  return fromDescription(JSON.parse(json))
}

function fromDescription(description) {
  // Of its own: nothing that was put on all objects.
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

/** Makes an error whose stack has its callers, although calls in here come first and V8 keeps ten. */
function withCallers(code, message) {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  if (limit?.writable !== true || typeof limit.value !== 'number') return new AsgiError(code, message)
  Error.stackTraceLimit = limit.value + MOST_OWN_CALLS
  try {
    return new AsgiError(code, message)
  } finally {
    Error.stackTraceLimit = limit.value
  }
}

/** Sets a property that is not listed: of what the stack says, nothing is shown twice. */
function hide(error, name, value) {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false })
}

/** The stack of an error: Python's frames in the form of JavaScript's, then the JavaScript that made the call, if known. */
function stackOf(error, frames) {
  const callers = String(error.stack).split('\n').filter((line) => CALL.test(line) && !OWN_CALL.test(line))
  const lines = frames.map(([name, file, line, column]) => {
    const place = `${file}:${line}:${column}`
    return name === '' ? `    at ${place}` : `    at ${name} (${place})`
  })
  return [`${error.name}: ${error.message}`, ...lines, ...callers].join('\n')
}

module.exports = Object.freeze({ AsgiError, codes, create, fromJSON, fromDescription, kFrames })

'use strict'

const { core } = require('./binding')
const { StreamExchange } = require('./http/stream-exchange')
const { Request, kBody, toRequest } = require('./messages/request')
const { SocketExchange } = require('./websocket/socket-exchange')

const { own } = core.checks
const { PATH_SEND, TRAILERS, ZERO_COPY_SEND } = core.abilities

/** The ASGI extensions of responses that stay in the process. */
const ABILITIES = PATH_SEND | TRAILERS | ZERO_COPY_SEND

/**
 * Sends a request, or opens a WebSocket, and returns the response as soon as it starts.
 *
 * @param {object} application
 * @param {Request | object} request
 * @param {AbortSignal | null} signal
 * @returns {Promise<Response>}
 */
function stream(application, request, signal) {
  if (signal !== null && signal.aborted) return Promise.reject(signal.reason)
  const isSocket = request?.websocket === true && own(request, 'websocket') === true
  if (isSocket) return connect(application, toRequest(request), signal)
  const head = application.prepare(request)
  head.buffered = false
  head.abilities = ABILITIES
  let body = null
  if (request instanceof Request) {
    body = request[kBody]
    body.assertUnused()
    if (body.isOpen(request.method) === false) body.seal()
    head.bodyOpen = !body.isComplete
  } else {
    head.bodyOpen = false
  }
  return new Promise((resolve, reject) => {
    const exchange = new StreamExchange(resolve, reject)
    application.open(exchange, head)
    exchange.join(signal, body)
  })
}

function connect(application, request, signal) {
  const head = application.prepare(request)
  head.webSocket = true
  const messages = request[kBody]
  messages.assertUnused()
  return new Promise((resolve, reject) => {
    const exchange = new SocketExchange(resolve, reject)
    application.open(exchange, head)
    exchange.join(signal, messages)
  })
}

module.exports = { stream }

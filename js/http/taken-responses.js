'use strict'

const { core } = require('../binding')
const { kExchange } = require('./listener-exchange')
const { cut } = require('./refusals')

const { create } = core.errors

/** Whether a response is already in use by other code. */
function isTaken(req, res) {
  return res[kExchange] !== undefined || res.headersSent || res.writableEnded || res.destroyed ||
    (res.socket === null && req.socket?.destroyed === true) || res.stream?.destroyed === true
}

/** Reports that a response is in use, instead of calling the app. `next` could not respond either. */
function reportTaken(application, res) {
  const isListeners = res[kExchange] !== undefined
  if (isListeners || res.writableEnded) {
    const text = isListeners
      ? 'Response has already been passed to a listener: pass each only once'
      : 'Response has already ended: call the listener before anything ends it'
    application.report(create('ERR_ASGI_REQUEST_USED', text))
  } else if (res.headersSent) {
    application.report(
      create(
        'ERR_ASGI_REQUEST_USED',
        'Response has already begun: call the listener before anything sends its headers',
      ),
    )
    cut(res)
  } else {
    const text = 'The connection was closed before the request was sent to the app'
    application.report(create('ERR_ASGI_DISCONNECTED', text))
  }
}

module.exports = { isTaken, reportTaken }

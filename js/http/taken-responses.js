'use strict'

const { core } = require('../binding')
const { kExchange } = require('./listener-exchange')
const { cut } = require('./refusals')

const { create } = core.errors

/** Whether a response cannot be this listener's any more. */
function isTaken(req, res) {
  return res[kExchange] !== undefined || res.headersSent || res.writableEnded || res.destroyed ||
    (res.socket === null && req.socket?.destroyed === true) || res.stream?.destroyed === true
}

/** Reports that a response is not to be had, instead of asking the app. `next` could not answer either. */
function reportTaken(application, res) {
  const isListeners = res[kExchange] !== undefined
  if (isListeners || res.writableEnded) {
    const text = isListeners ? 'Response has already been handed to a listener' : 'Response has already ended'
    application.report(create('ERR_ASGI_REQUEST_USED', text))
  } else if (res.headersSent) {
    application.report(create('ERR_ASGI_REQUEST_USED', 'Response has already begun: its headers were sent'))
    cut(res)
  } else {
    const text = 'The connection was closed before the request was handed to the app'
    application.report(create('ERR_ASGI_DISCONNECTED', text))
  }
}

module.exports = { isTaken, reportTaken }

// What an application tells that is no answer to a request: errors of background work, and log records.
'use strict'

const { owned } = require('./checks')
const { fromDescription } = require('./errors')

/** Handlers by their application's number. */
const handlers = new Map()

/** Passes an event to the handler it belongs to. */
function event(application, exchange, json) {
  const { log, ...error } = owned(JSON.parse(json))
  if (log === undefined) {
    handlers.get(application)?.report(fromDescription(error))
    return
  }
  if (exchange !== null && exchange !== undefined) {
    exchange.log = `${exchange.log ?? ''}${log.level}:${log.logger}:${log.message}\n`
  }
  // A record that belongs to no request is everybody's.
  if (handlers.has(application)) handlers.get(application).logged(log)
  else for (const handler of handlers.values()) handler.logged(log)
}

module.exports = { handlers, event }

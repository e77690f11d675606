'use strict'

const { WebExchange } = require('../http/web-exchange')
const { responseHeaders } = require('../http/wire')

/** An exchange whose response is a status and a flat list of headers. Read the body from the exchange. */
class DispatchExchange extends WebExchange {
  createResponse(status, head) {
    this.decideBody(status)
    return { status, headers: responseHeaders(head, false) }
  }
}

module.exports = { DispatchExchange }

'use strict'

const { core } = require('../binding')

const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 }

/**
 * Makes the head of a request without a connection: the scope's server address is that of its URL.
 *
 * @param {import('../messages/request').Request} request
 * @param {URL} url its scheme, host and port count.
 * @returns {object} a RequestHead of the core.
 */
function headOf(request, { protocol, hostname, port }) {
  const head = new core.requests.RequestHead()
  head.method = request.method
  head.target = core.checks.target(request.url).target
  head.headers = request.headers[core.symbols.flat]()
  head.scheme = protocol.slice(0, -1)
  // Only in a URL an IPv6 address has brackets.
  head.serverHost = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  head.serverPort = port === '' ? DEFAULT_PORTS[protocol] : Number(port)
  return head
}

module.exports = { headOf }

'use strict'

const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const { readCertificate } = require('./certificates')
const { withHeaders, withHeadersHTTP2 } = require('./default-headers')
const { withUpgrades } = require('./upgrades')

/** ms that a client may take to send the head of a request. */
const HEADERS_TIMEOUT = 60_000

/**
 * Makes the server for the protocols of the settings; it does not listen yet.
 *
 * @param {object} settings
 * @param {(req: object, res: object) => void} onRequest
 * @returns {import('node:net').Server}
 * @throws {import('./failure').ServeFailure} when the certificate will not do.
 */
function createServer(settings, onRequest) {
  const { headers, timeoutKeepAlive } = settings
  const options = {
    // At least one: Node takes none for no limit, and a keep-alive of 0 s means that connections are closed at once.
    keepAliveTimeout: Math.max(1, timeoutKeepAlive * 1000),
    headersTimeout: HEADERS_TIMEOUT,
    // An upload may take as long as it takes; what it may not do is say nothing.
    requestTimeout: 0,
    IncomingMessage: withUpgrades(http.IncomingMessage),
    ...(headers.length > 0 && { ServerResponse: withHeaders(http.ServerResponse, headers) }),
  }
  const server = serverFor(settings, options, onRequest)
  // A head is limited by its bytes. Headers beyond a number would be dropped without a word.
  server.maxHeadersCount = 0
  return server
}

function serverFor(settings, options, onRequest) {
  const { headers } = settings
  if (settings.sslCertfile === null) return http.createServer(options, onRequest)
  const certificate = readCertificate(settings)
  if (!settings.http2) return https.createServer({ ...options, ...certificate }, onRequest)
  const server = http2.createSecureServer({
    ...options,
    ...certificate,
    allowHTTP1: true,
    Http1IncomingMessage: options.IncomingMessage,
    Http1ServerResponse: options.ServerResponse,
    ...(headers.length > 0 && { Http2ServerResponse: withHeadersHTTP2(http2.Http2ServerResponse, headers) }),
  }, onRequest)
  // Its HTTP/1 half reads them from here.
  for (const name of ['keepAliveTimeout', 'headersTimeout', 'requestTimeout']) server[name] = options[name]
  return server
}

module.exports = { createServer }

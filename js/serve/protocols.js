'use strict'

const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const { withUpgrades } = require('../http/asked-upgrades')
const { onClientError } = require('../http/client-errors')
const { OPTIONAL, refuseWrongClients, tlsOptions } = require('./certificates')
const { responseClass } = require('../http/default-headers')

/** ms that a client may take to send the head of a request, and to agree on a key before. */
const HEADERS_TIMEOUT = 60_000

/** ms that a client may be silent before its first request. */
const FIRST = 5_000

/** ms after which a client whose request is under way is asked for a sign of life, and that it may take for it. */
const SILENCE = 20_000

/** ms for which a response may wait for its client without any of it being taken. */
const STALL = 60_000

/** Requests that are under way on one session. */
const MAX_STREAMS = 128

/**
 * Makes the server for the protocols of the settings; it does not listen yet.
 *
 * @param {object} settings
 * @param {(req: object, res: object) => void} onRequest
 * @returns {import('node:net').Server}
 * @throws {import('./failure').ServeFailure} when the certificate will not do.
 */
function createServer(settings, onRequest) {
  const { limitHeaderSize } = settings
  const options = {
    keepAliveTimeout: keepAliveOf(settings),
    headersTimeout: HEADERS_TIMEOUT,
    // An upload may take as long as it takes; what it may not do is say nothing.
    requestTimeout: 0,
    IncomingMessage: withUpgrades(http.IncomingMessage),
    ServerResponse: responseClass(http.ServerResponse, settings),
    ...(limitHeaderSize !== null && { maxHeaderSize: limitHeaderSize }),
  }
  const server = serverFor(settings, options, onRequest)
  // A head is limited by its bytes. Headers beyond a number would be dropped without a word.
  server.maxHeadersCount = 0
  server.on('clientError', onClientError)
  // Node says that a body may come before anybody has asked for it, unless somebody else does.
  server.on('checkContinue', onRequest)
  return server
}

function serverFor(settings, options, onRequest) {
  if (settings.sslCertfile === null) return http.createServer(options, onRequest)
  const security = { ...tlsOptions(settings), handshakeTimeout: HEADERS_TIMEOUT }
  const server = settings.http2
    ? serverForBoth(settings, options, security, onRequest)
    : https.createServer({ ...options, ...security }, onRequest)
  if (settings.sslCertReqs === OPTIONAL) refuseWrongClients(server)
  return server
}

function serverForBoth(settings, options, security, onRequest) {
  const { limitHeaderSize } = settings
  const server = http2.createSecureServer({
    ...options,
    ...security,
    allowHTTP1: true,
    Http1IncomingMessage: options.IncomingMessage,
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      ...(limitHeaderSize !== null && { maxHeaderListSize: limitHeaderSize }),
    },
    Http1ServerResponse: options.ServerResponse,
    Http2ServerResponse: responseClass(http2.Http2ServerResponse, settings),
  }, onRequest)
  // Its HTTP/1 half reads them from here.
  for (const name of ['keepAliveTimeout', 'headersTimeout', 'requestTimeout']) server[name] = options[name]
  return server
}

/**
 * Gives the limits of HTTP/2 sessions.
 *
 * @param {object} settings
 * @returns {import('./sessions').Limits}
 */
function sessionLimits(settings) {
  return { keepAlive: keepAliveOf(settings), first: FIRST, headers: HEADERS_TIMEOUT, silence: SILENCE, stall: STALL }
}

/** At least one: Node takes none for no limit, and a keep-alive of 0 s means that connections are closed at once. */
function keepAliveOf({ timeoutKeepAlive }) {
  return Math.max(1, timeoutKeepAlive * 1000)
}

module.exports = { HEADERS_TIMEOUT, createServer, keepAliveOf, sessionLimits }

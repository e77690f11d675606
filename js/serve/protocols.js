'use strict'

const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const { withUpgrades } = require('../http/asked-upgrades')
const { onClientError } = require('../http/client-errors')
const { OPTIONAL, refuseWrongClients, tlsOptions } = require('./certificates')
const { responseClass } = require('../http/default-headers')

/** ms that a client has for the TLS handshake, and for the head of a request. */
const HEADERS_TIMEOUT = 60_000

/** ms that an HTTP/2 client has until its first request. */
const FIRST = 5_000

/** ms of silence during a request after which an HTTP/2 client is pinged, and ms that it has to answer. */
const SILENCE = 20_000

/** ms that a response may wait without the client reading any of it. */
const STALL = 60_000

/** The most concurrent requests on one session. */
const MAX_STREAMS = 128

/**
 * Makes the server for the configured protocols. It does not listen yet.
 *
 * @param {object} settings
 * @param {(req: object, res: object) => void} onRequest
 * @returns {import('node:net').Server}
 * @throws {import('./failure').ServeFailure} if the certificate is invalid.
 */
function createServer(settings, onRequest) {
  const { limitHeaderSize } = settings
  const options = {
    keepAliveTimeout: keepAliveOf(settings),
    headersTimeout: HEADERS_TIMEOUT,
    // No limit for uploads, as long as they make progress.
    requestTimeout: 0,
    IncomingMessage: withUpgrades(http.IncomingMessage),
    ServerResponse: responseClass(http.ServerResponse, settings),
    ...(limitHeaderSize !== null && { maxHeaderSize: limitHeaderSize }),
  }
  const server = serverFor(settings, options, onRequest)
  // No limit of their number, because Node silently drops headers beyond it. The size of a head is limited.
  server.maxHeadersCount = 0
  server.on('clientError', onClientError)
  // Without a listener Node sends `100 Continue` before the app asks for the body.
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
  // The HTTP/1 part of an HTTP/2 server reads these properties.
  for (const name of ['keepAliveTimeout', 'headersTimeout', 'requestTimeout']) server[name] = options[name]
  return server
}

/**
 * Returns the limits of HTTP/2 sessions.
 *
 * @param {object} settings
 * @returns {import('./sessions').Limits}
 */
function sessionLimits(settings) {
  return { keepAlive: keepAliveOf(settings), first: FIRST, headers: HEADERS_TIMEOUT, silence: SILENCE, stall: STALL }
}

/** At least 1 ms: to Node 0 means no limit, but `--timeout-keep-alive 0` means to close connections at once. */
function keepAliveOf({ timeoutKeepAlive }) {
  return Math.max(1, timeoutKeepAlive * 1000)
}

module.exports = { HEADERS_TIMEOUT, createServer, keepAliveOf, sessionLimits }

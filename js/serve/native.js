'use strict'

const { PythonServer } = require('../native-server/server')
const { BYTES, SECONDS } = require('./metrics/bounds')
const { METHODS, NANOSECONDS } = require('./metrics/request-metrics')
const { HEADERS_TIMEOUT, keepAliveOf } = require('./protocols')

/** The default limit of a request's head in bytes, as in Node. */
const HEADER_SIZE = 16_384

/**
 * Makes the native server.
 *
 * @param {import('..').PythonHandler} handler
 * @param {object} settings of `parse`.
 * @param {import('./log').Log} log
 * @param {object} hooks
 * @param {(socket: import('node:net').Socket) => void} hooks.accept gets the connections that are handed over:
 *   WebSockets, and requests for paths that JavaScript serves.
 * @param {(count: number) => void} hooks.onReached called with the number of responses when it reaches the limit.
 * @param {number | null} hooks.limit the number of responses.
 * @returns {PythonServer}
 */
function createNativeServer(handler, settings, log, { accept, onReached, limit }) {
  const counted = {
    maxRequests: limit ?? 0,
    methods: settings.metricsPath === null ? [] : METHODS,
    nanoseconds: SECONDS.map((seconds) => Math.round(seconds * NANOSECONDS)),
    bytes: BYTES,
  }
  const options = { ...limitsOf(settings), ...contentsOf(settings), ...log.accessFormat, ...counted }
  const onLogged = () => log.pull()
  const server = new PythonServer(handler, options, null, { accept, onLogged, onReached })
  log.follow(() => server.takeLines())
  return server
}

/** The limits, the same as for Node's server. */
function limitsOf(settings) {
  return {
    ioThreads: 1,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveOf(settings),
    writeTimeout: 0,
    maxHeaderSize: settings.limitHeaderSize ?? HEADER_SIZE,
    maxHeadersCount: 0,
    maxConnections: 0,
    maxRequestBody: 0,
  }
}

/** Paths, proxies and headers. */
function contentsOf(
  { dateHeader, forwardedAllowIps, headers, healthPath, proxyHeaders, reload, rootPath, ...settings },
) {
  const { metricsPath, staticPathRoutes } = settings
  return {
    paths: ['/'],
    otherPaths: [
      ...metricsPath === null ? [] : [metricsPath],
      ...staticPathRoutes,
      // The paths of static files below rootPath, too: see StaticFiles.
      ...rootPath === '' ? [] : staticPathRoutes.map((route) => rootPath + route),
    ],
    healthPath: healthPath ?? '',
    forwardedAllowIps: proxyHeaders ? forwardedAllowIps : '',
    headers,
    repeatsHeaders: true,
    dateHeader,
    exposeErrors: reload,
  }
}

module.exports = { createNativeServer }

'use strict'

const { PythonServer } = require('../native-server/server')
const { readAccessRecords } = require('./access-records')
const { BYTES, SECONDS } = require('./metrics/bounds')
const { METHODS, NANOSECONDS } = require('./metrics/request-metrics')
const { HEADERS_TIMEOUT, keepAliveOf } = require('./protocols')

/** Bytes of a request's head where the settings do not say: Node's number. */
const HEADER_SIZE = 16_384

/**
 * Makes the native server of settings.
 *
 * @param {import('..').PythonHandler} handler
 * @param {object} settings of `parse`.
 * @param {import('./log').Log} log
 * @param {object} hooks
 * @param {(socket: import('node:net').Socket) => void} hooks.accept gets connections that are Node's: those of WebSockets, and of
 *   paths that JavaScript answers.
 * @param {(count: number) => void} hooks.onReached so many responses are over.
 * @param {number | null} hooks.limit responses after which that is called.
 * @returns {PythonServer}
 */
function createNativeServer(handler, settings, log, { accept, onReached, limit }) {
  const onAccess = (records) => {
    for (const line of readAccessRecords(records)) log.access(line)
  }
  const counted = {
    traces: log.hasTraces,
    mostRequests: limit ?? 0,
    methods: settings.metricsPath === null ? [] : METHODS,
    nanoseconds: SECONDS.map((seconds) => Math.round(seconds * NANOSECONDS)),
    bytes: BYTES,
  }
  return new PythonServer(handler, { ...limitsOf(settings), ...contentsOf(settings), ...counted }, null, {
    accept,
    onAccess: log.hasAccess ? onAccess : null,
    onReached,
  })
}

/** The same limits as those of Node's server. */
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

/** Whose the requests are, and what is added to them and to responses. */
function contentsOf({ dateHeader, forwardedAllowIps, headers, healthPath, proxyHeaders, rootPath, ...settings }) {
  const { metricsPath, staticPathRoutes } = settings
  return {
    paths: ['/'],
    otherPaths: [
      ...metricsPath === null ? [] : [metricsPath],
      ...staticPathRoutes,
      // As StaticFiles has it.
      ...rootPath === '' ? [] : staticPathRoutes.map((route) => rootPath + route),
    ],
    healthPath: healthPath ?? '',
    forwardedAllowIps: proxyHeaders ? forwardedAllowIps : '',
    headers,
    repeatsHeaders: true,
    dateHeader,
  }
}

module.exports = { createNativeServer }

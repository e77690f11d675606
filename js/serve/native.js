'use strict'

const { PythonServer } = require('../native-server/server')
const { readAccessRecords } = require('./access-records')
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
 * @param {((count: number) => void) | null} hooks.onRequests is told how many requests are over.
 * @returns {PythonServer}
 */
function createNativeServer(handler, settings, log, { accept, onRequests }) {
  const onAccess = (records) => {
    const lines = readAccessRecords(records)
    if (log.hasAccess) { for (const line of lines) log.access(line) }
    onRequests?.(lines.length)
  }
  return new PythonServer(handler, { ...limitsOf(settings), ...contentsOf(settings), traces: log.hasTraces }, null, {
    accept,
    onAccess: log.hasAccess || onRequests !== null ? onAccess : null,
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

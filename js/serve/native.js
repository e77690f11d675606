'use strict'

const { pathOf } = require('../native-server/paths')
const { PythonServer } = require('../native-server/server')
const { readAccessRecords } = require('./access-records')
const { HEADERS_TIMEOUT, keepAliveOf } = require('./protocols')

/** Bytes of a request's head where the settings do not say: Node's number. */
const HEADER_SIZE = 16_384

/**
 * Makes the server of `--http native`.
 *
 * @param {import('..').PythonHandler} handler
 * @param {object} settings of `parse`.
 * @param {import('./log').Log} log
 * @param {object} hooks
 * @param {(socket: import('node:net').Socket) => void} hooks.accept gets connections that are Node's: those of WebSockets.
 * @param {((count: number) => void) | null} hooks.onRequests is told how many requests are over.
 * @returns {PythonServer}
 */
function createNativeServer(handler, settings, log, { accept, onRequests }) {
  const onAccess = (records) => {
    // As of Node's server: what the server answers itself is no request for the app.
    const lines = readAccessRecords(records).filter(({ path }) => pathOf(path) !== settings.healthPath)
    if (log.hasAccess) { for (const line of lines) log.access(line) }
    onRequests?.(lines.length)
  }
  return new PythonServer(handler, limitsOf(settings), null, {
    accept,
    onAccess: log.hasAccess || onRequests !== null ? onAccess : null,
  })
}

/** The same limits as those of Node's server. */
function limitsOf(settings) {
  return {
    paths: ['/'],
    ioThreads: 1,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveOf(settings),
    writeTimeout: 0,
    maxHeaderSize: settings.limitHeaderSize ?? HEADER_SIZE,
    maxHeadersCount: 0,
    maxConnections: 0,
    maxRequestBody: 0,
    healthPath: settings.healthPath ?? '',
    headers: settings.headers,
    dateHeader: settings.dateHeader,
  }
}

module.exports = { createNativeServer }

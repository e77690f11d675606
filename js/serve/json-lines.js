'use strict'

const net = require('node:net')

/** OpenTelemetry's severity numbers of the levels. */
const SEVERITIES = { trace: 1, debug: 5, info: 9, warning: 13, error: 17, critical: 21 }

/**
 * A valid header of W3C Trace Context: version, trace, parent, flags. The version ff and ids of only zeros are invalid.
 */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/

/**
 * Makes a line of JSON, with OpenTelemetry's names for fields and attributes where it has them.
 *
 * @param {string} level one of `SEVERITIES`.
 * @param {string} body the message.
 * @param {Record<string, any>} [attributes]
 * @param {{ traceId?: string }} [more] other fields.
 * @returns {string} without a line end.
 */
function jsonLine(level, body, attributes, more) {
  return JSON.stringify({
    timestamp: new Date().toISOString(),
    severityText: level.toUpperCase(),
    severityNumber: SEVERITIES[level],
    body,
    ...more,
    attributes,
  })
}

/**
 * Makes the access-log line of a request.
 *
 * @param {object} fields see Log.access.
 * @returns {string} without a line end.
 */
function accessLine({ client, method, path, httpVersion, status, isCut, duration, traceparent }) {
  const isSocket = httpVersion === undefined
  const portAt = client.lastIndexOf(':')
  const host = portAt === -1 ? client : client.slice(0, portAt)
  const isBracketed = host.startsWith('[') && net.isIPv6(host.slice(1, -1))
  const queryAt = path.indexOf('?')
  const attributes = {
    'client.address': isBracketed ? host.slice(1, -1) : host,
    'client.port': portAt === -1 ? undefined : Number(client.slice(portAt + 1)),
    'http.request.method': method,
    'url.path': queryAt === -1 ? path : path.slice(0, queryAt),
    'url.query': queryAt === -1 ? undefined : path.slice(queryAt + 1),
    'network.protocol.version': httpVersion,
    'http.response.status_code': typeof status === 'number' ? status : 101,
    // Seconds.
    'http.server.request.duration': Math.round(duration * 1000) / 1e6,
    'python_node.incomplete': isCut === true ? true : undefined,
  }
  const trace = traceparent === undefined ? null : TRACEPARENT.exec(traceparent)
  const what = !isSocket ? 'request' : typeof status === 'number' ? 'websocket refused' : `websocket ${status}`
  return jsonLine('info', what, attributes, trace === null ? {} : { traceId: trace[1] })
}

/**
 * The attributes of an exception.
 *
 * @param {{ type: string, message: string } | null} exception
 * @param {string[]} details the lines of its traceback, or other lines of a failure without an exception.
 */
function exceptionAttributes(exception, details) {
  if (exception === null) return details.length === 0 ? undefined : { 'error.details': details.join('\n') }
  const { type, message } = exception
  return { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': details.join('\n') }
}

module.exports = { accessLine, exceptionAttributes, jsonLine }

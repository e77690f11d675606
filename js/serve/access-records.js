'use strict'

const net = require('node:net')
const { CLIENT_LEFT } = require('./traffic')

/**
 * Parses the addon's records of requests: a line per request with NUL-separated fields, which are client, port, method,
 * target, version, trace, status, bytes and microseconds. The status is 0 without a response, and negative if it was cut off.
 *
 * @param {Buffer} records
 * @returns {object[]} arguments of `Log.access`.
 */
function readAccessRecords(records) {
  return records.latin1Slice().split('\n').filter((line) => line !== '').map((line) => {
    const [host, port, method, path, httpVersion, traceparent, status, , microseconds] = line.split('\0')
    return {
      client: host === '' ? '' : `${net.isIPv6(host) ? `[${host}]` : host}:${port}`,
      method,
      path,
      httpVersion,
      status: Math.abs(Number(status)) || CLIENT_LEFT,
      isCut: Number(status) < 0,
      duration: Number(microseconds) / 1000,
      traceparent,
    }
  })
}

module.exports = { readAccessRecords }

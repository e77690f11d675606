'use strict'

const net = require('node:net')
const { CLIENT_LEFT } = require('./traffic')

/**
 * Reads what the addon tells of requests that are over: a line for each, whose fields have NULs between them. They are
 * client, port, method, target, version, trace, status, bytes and microseconds; the status is 0 where no response has begun, and
 * negative for one that was cut off.
 *
 * @param {Buffer} records
 * @returns {object[]} as `Log.access` takes them.
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

'use strict'

const { core } = require('../binding')
const { publish } = require('../diagnostics')
const { copyOf } = require('../messages/headers')

/**
 * Publishes requests that have ended on `node:diagnostics_channel`: all messages of each at once.
 *
 * @param {import('..').PythonHandler} handler
 * @param {Buffer} records a line per request, with NUL-separated fields: see Observation.swift.
 */
function publishObserved(handler, records) {
  for (const line of records.latin1Slice().split('\n')) if (line !== '') publishOne(handler, line.split('\0'))
}

function publishOne(handler, [number, isComplete, started, ended, failure, host, port, ...about]) {
  const [method, target, httpVersion, scheme, ...headers] = about
  const isPath = target.startsWith('/') || target === '*'
  const request = {
    handler,
    method,
    url: isPath ? target : core.checks.target(target).target,
    scheme,
    httpVersion,
    client: host === '' ? null : [host, Number(port)],
    headers: copyOf(headers),
  }
  // null if the app sent no response; the server's error response does not count.
  const status = started === '0' ? null : Number(number)
  const elapsed = Number(ended) / 1000
  publish('python-node:request:start', { request })
  if (status !== null) publish('python-node:response:start', { request, status, elapsed: Number(started) / 1000 })
  if (failure === '') {
    publish('python-node:request:end', { request, status, aborted: isComplete === '0', elapsed })
  } else {
    const error = core.errors.fromJSON(Buffer.from(failure, 'latin1').toString())
    publish('python-node:request:error', { request, error, status, elapsed })
  }
}

module.exports = { publishObserved }

'use strict'

const { core } = require('../binding')
const { publish } = require('../diagnostics')
const { copyOf } = require('../messages/headers')

/**
 * Tells `node:diagnostics_channel` of requests that are over: of each, all of its messages at once.
 *
 * @param {import('..').PythonHandler} handler
 * @param {Buffer} records a line for each, whose fields have NULs between them: see Observation.swift.
 */
function tellObserved(handler, records) {
  for (const line of records.latin1Slice().split('\n')) if (line !== '') tellOne(handler, line.split('\0'))
}

function tellOne(handler, [number, isComplete, started, ended, failure, host, port, ...about]) {
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
  // Its own answer to a failure is none of the app's.
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

module.exports = { tellObserved }

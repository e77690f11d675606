'use strict'

const calls = require('./groups/calls')
const fastapi = require('./groups/fastapi')
const floor = require('./groups/floor')
const functions = require('./groups/functions')
const latency = require('./groups/latency')
const memory = require('./groups/memory')
const startUp = require('./groups/start-up')
const steadiness = require('./groups/steadiness')
const streams = require('./groups/streams')
const variedCalls = require('./groups/varied-calls')
const variedHTTP = require('./groups/varied-http')
const websocket = require('./groups/websocket')
const wrk = require('./groups/wrk')

/**
 * One line of the tables.
 *
 * @typedef {object} Row
 * @property {string} id `group/what`, or `group/what/in flight`
 * @property {string} name
 * @property {string} [base] the id of the row of the same group that it is compared with
 * @property {number} [inFlight]
 * @property {string} unit one of units.js
 * @property {{ node?: object, python?: object }} threads whose CPU time is measured: Node's and Python's
 * @property {(seconds: number) => Promise<object>} load makes what is measured happen, and gives what units.js reads
 * @property {boolean} [isFresh] it starts its own processes each time, so that there is nothing to warm up
 */

/**
 * The groups of rows by what `--only` calls them. A group's rows are measured in turns, while all that the group has
 * started runs and nothing of the others does.
 *
 * @type {Record<string, { title: string, start: (rivals: import('./rivals').Rivals) => Promise<Row[]> }>}
 */
const GROUPS = {
  'varied-calls': variedCalls,
  'varied-http': variedHTTP,
  fastapi,
  calls,
  functions,
  floor,
  wrk,
  streams,
  steadiness,
  websocket,
  memory,
  latency,
  startup: startUp,
}

module.exports = { GROUPS }

'use strict'

/** The counters of a server that has never listened. */
const NOTHING = Object.freeze({
  connections: 0,
  requests: 0,
  inFlight: 0,
  handedOver: 0,
  refused: 0,
  errors: 0,
  disconnects: 0,
  files: 0,
  bytesIn: 0,
  bytesOut: 0,
})

module.exports = { NOTHING }

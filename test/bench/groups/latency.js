'use strict'

const IN_FLIGHT = 64

/** Starts requests while others are in flight, and lists the rows: see rows.js. */
async function start(rivals) {
  const own = await rivals.client('latency', ['own'])
  const node = await rivals.client('latency', ['node'])
  return [
    ...rows('own', '', own),
    ...rows('node', ", `thread: 'node'`", node),
  ]
}

function rows(key, driver, client) {
  const row = (what, name, unit, task) => ({
    id: `latency/${what}-${key}`,
    name: name + driver,
    inFlight: IN_FLIGHT,
    unit,
    threads: {},
    load: (seconds) => client.call({ ...task, inFlight: IN_FLIGHT, milliseconds: seconds * 1000 }),
  })
  const quick = (what, name, slow) => row(what, name, 'ms', { kind: 'quick', slow })
  const base = `latency/alone-${key}`
  return [
    quick('alone', 'p99 of quick requests, alone', 'none'),
    { ...quick('among', 'p99 of quick requests, one in ten is slow (100 ms)', 'among'), base },
    {
      ...quick('mixed', 'p99 of as many quick requests, one slow one (100 ms) started beside every nine', 'beside'),
      base,
    },
    row('batch', 'p50 of a batch of 100 µs each, of the time of the whole batch', '', { kind: 'batch' }),
  ]
}

module.exports = { title: 'Latency in-process', start }

'use strict'

const { mainThread, pythonThread } = require('../cpu')

const IN_FLIGHT = 64

/** Starts in-process requests and the least that they can cost, on each thread, and lists the rows: see rows.js. */
async function start(rivals) {
  const nothing = await rivals.client('nothing')
  return [
    ...await beside(rivals, 'hello', { own: 'floor/own', python: 'floor/python' }, ''),
    ...await beside(
      rivals,
      'starlette_hello',
      { own: 'floor/starlette', python: 'floor/starlette-python' },
      'Starlette, ',
    ),
    {
      id: 'floor/nothing',
      name: 'an empty Node-API call',
      unit: 'calls/s',
      threads: { node: mainThread(nothing.pid) },
      load: (seconds) => nothing.call({ milliseconds: seconds * 1000 }),
    },
  ]
}

/** An app in-process, and the same in plain Python. */
async function beside(rivals, app, ids, what) {
  const inProcess = await rivals.client('in-process', [`${app}:app`, 'own'])
  const floor = await rivals.python('floor', [app])
  return [
    {
      id: ids.own,
      name: `${what}in-process \`handleRequest\``,
      inFlight: IN_FLIGHT,
      unit: 'req/s',
      threads: { node: mainThread(inProcess.pid), python: pythonThread(inProcess.pid) },
      load: (seconds) => inProcess.call({ inFlight: IN_FLIGHT, milliseconds: seconds * 1000 }),
    },
    {
      id: ids.python,
      name: `${what}a task each, uvloop, in plain Python`,
      inFlight: IN_FLIGHT,
      unit: 'req/s',
      threads: { python: mainThread(floor.pid) },
      load: (seconds) => floor.call(seconds * 1000),
    },
  ]
}

module.exports = { title: 'The floor: CPU time of requests beside what they cannot be without', start }

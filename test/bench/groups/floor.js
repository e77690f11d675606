'use strict'

const { mainThread, pythonThread } = require('../cpu')

const IN_FLIGHT = 64

/** Starts what hello costs in-process beside what it cannot cost less than, on each thread: see rows.js. */
async function start(rivals) {
  const inProcess = await rivals.client('in-process', ['hello:app', 'own'])
  const floor = await rivals.python('floor')
  const nothing = await rivals.client('nothing')
  return [
    {
      id: 'floor/own',
      name: 'in-process `handleRequest`',
      inFlight: IN_FLIGHT,
      unit: 'req/s',
      threads: { node: mainThread(inProcess.pid), python: pythonThread(inProcess.pid) },
      load: (seconds) => inProcess.call({ inFlight: IN_FLIGHT, milliseconds: seconds * 1000 }),
    },
    {
      id: 'floor/python',
      name: 'a task each, uvloop, in plain Python',
      inFlight: IN_FLIGHT,
      unit: 'req/s',
      threads: { python: mainThread(floor.pid) },
      load: (seconds) => floor.call(seconds * 1000),
    },
    {
      id: 'floor/nothing',
      name: 'an empty Node-API call',
      unit: 'calls/s',
      threads: { node: mainThread(nothing.pid) },
      load: (seconds) => nothing.call({ milliseconds: seconds * 1000 }),
    },
  ]
}

module.exports = { title: 'The floor: CPU time of hello beside what it cannot be without', start }

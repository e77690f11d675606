'use strict'

// Calls the addon's function that does nothing, to measure the cost of a call over Node-API. Started by rivals.js.

const { core } = require('../../../js/binding')
const { serveTasks } = require('../flight')

const CALLS = 10_000

const { nothing } = core

serveTasks(({ milliseconds }) => {
  let requests = 0
  const start = performance.now()
  const end = start + milliseconds
  while (performance.now() < end) {
    for (let call = 0; call < CALLS; call++) nothing()
    requests += CALLS
  }
  return { requests, seconds: (performance.now() - start) / 1000 }
})

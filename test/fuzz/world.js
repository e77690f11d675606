'use strict'

const path = require('node:path')
const { PythonHandler } = require('../..')
const { core } = require('../../js/binding')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'fuzz')

/** ms that a case may take, and that all objects may take to be gone after the last one. */
const CASE_LIMIT = 20_000

/** Makes a handler for one of Fixtures/fuzz. */
function open(name, options) {
  return new PythonHandler(name.includes(':') ? name : `${name}:app`, { docroot, ...options })
}

/** Waits until nothing is in flight any more. @throws when that takes too long. */
async function settled(handlers, limit = CASE_LIMIT) {
  const end = Date.now() + limit
  const applications = new Set(handlers.map((handler) => handler[core.symbols.application]))
  for (;;) {
    const inFlight = handlers.map((handler) => handler.stats().inFlight)
    const slots = core.slots.exchanges.filter((exchange) => applications.has(exchange?.application))
    if (inFlight.every((count) => count === 0) && slots.length === 0) return
    if (Date.now() > end) throw new Error(`left in flight: ${inFlight}; slots in use: ${slots.length}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The codes that are documented; an error without one of them is a fault. */
const CODES = new Set(Object.keys(core.errors.codes))

module.exports = { CASE_LIMIT, CODES, docroot, open, settled }

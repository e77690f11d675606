'use strict'

const assert = require('node:assert/strict')
const { ask } = require('./load')

let heldSoFar = 0

/**
 * Sends requests, which are answered when they are released, until each instance has that many.
 *
 * @param {number} port
 * @param {import('./stack').Instance[]} instances
 * @param {'GET' | 'POST'} method
 * @param {number} count
 * @returns {Promise<{ name: string, method: string, at: string, outcome: Promise<import('./load').Outcome> }[]>} `at`: the
 *   name of the instance.
 */
async function hold(port, instances, method, count) {
  const held = []
  while (instances.some(({ name }) => held.filter(({ at }) => at === name).length < count)) {
    const name = `held-${++heldSoFar}`
    const outcome = ask(port, { method, path: `/hold/${name}`, body: method === 'POST' ? 'x' : undefined })
    const arrived = await instances[0].json('/arrival')
    assert.equal(arrived.name, name)
    held.push({ name, method, at: arrived.instance.split('/')[0], outcome })
  }
  return held
}

/**
 * Releases requests and asserts that each is answered by the instance that held it.
 *
 * @param {object[]} held of `hold`.
 * @param {import('./stack').Instance} instance passes it on.
 */
async function release(held, instance) {
  for (const { name } of held) await instance.ask(`/go/${name}`, { method: 'POST' })
  for (const { at, outcome } of held) {
    const { status, instance } = await outcome
    assert.equal(status, 200)
    assert.ok(instance.startsWith(`${at}/`))
  }
}

module.exports = { hold, release }

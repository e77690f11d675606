'use strict'

const assert = require('node:assert/strict')
const { OneApp } = require('./one-app')

/** Events of any protocol: what Python sends back is what was sent. */
class Values extends OneApp {
  constructor() {
    super('echoes_whole:values')
  }

  async run(random, number) {
    const connection = this.handler.connect({ type: 'values', id: number })
    const waiting = []
    let outcome = 'echoed'
    for (const event of random.some(1, 5, () => eventOf(random))) {
      if (random.once(10)) {
        spoil(random, event)
        await assert.rejects(connection.send(event), { code: 'ERR_ASGI_INVALID_EVENT' })
        outcome = 'ERR_ASGI_INVALID_EVENT'
        continue
      }
      await connection.send(event)
      waiting.push(event)
      if (random.once(2)) await this.#check(connection, waiting.shift(), number)
    }
    if (random.once(5)) {
      await connection.close()
      assert.equal(await connection.receive(), null)
      return 'closed'
    }
    for (const event of waiting) await this.#check(connection, event, number)
    await connection.send({ type: 'end' })
    assert.equal(await connection.receive(), null)
    await connection.closed
    return outcome
  }

  async #check(connection, event, number) {
    const { event: returned, id } = await connection.receive()
    assert.equal(id, number, 'an event of another connection')
    assert.deepEqual(returned, seen(event))
  }
}

function eventOf(random) {
  const event = { type: random.of(['a', 'echo', random.units(0, 5)]) }
  if (event.type === 'end') event.type = 'other'
  for (const name of random.some(0, 5, () => random.of(['key', '__proto__', 'constructor', '', random.units(0, 6)]))) {
    if (name === 'type') continue
    Object.defineProperty(event, name, { value: valueOf(random, 4), ...VISIBLE })
  }
  return event
}

const VISIBLE = { enumerable: true, configurable: true, writable: true }

function valueOf(random, deepest) {
  const kind = random.below(deepest > 0 ? 12 : 9)
  switch (kind) {
    case 0:
      return random.of([null, true, false, undefined])
    case 1:
      return random.from(-1000, 1000)
    case 2:
      return random.of([0.5, -1e300, 1e21, 2 ** 53, -(2 ** 53) + 1, NaN, Infinity, -Infinity, 5e-324, 123456.789])
    case 3:
      return BigInt(random.from(-100, 100)) * random.of([1n, 2n ** 64n, 2n ** 3000n])
    case 4:
      return random.units(0, 20)
    case 5:
      return random.bytes(random.below(50))
    case 6:
      return new Uint8Array(random.bytes(8).buffer, 0, random.below(8))
    case 7:
      return random.of(['l', 'b', 'i', 'f', ''])
    case 8:
      return random.once(50) ? 'x'.repeat(random.from(16_000, 70_000)) : 'x'
    case 9:
    case 10:
      return random.some(0, 5, () => valueOf(random, deepest - 1))
    default: {
      const object = random.once(2) ? {} : Object.create(null)
      for (const name of random.some(0, 4, () => random.units(0, 4))) {
        Object.defineProperty(object, name, { value: valueOf(random, deepest - 1), ...VISIBLE })
      }
      return object
    }
  }
}

/** Puts something into an event that Python has no word for. */
function spoil(random, event) {
  const cycle = {}
  cycle.inner = [cycle]
  let deep = 1
  for (let i = 0; i < 250; i++) deep = [deep]
  const bad = random.of([
    () => 1,
    Symbol.iterator,
    new Map(),
    new Date(0),
    cycle,
    deep,
    /x/,
    new DataView(new ArrayBuffer(1)),
  ])
  event.bad = random.once(2) ? bad : [{ a: bad }]
}

/** What comes back: undefined is nothing, -0 is 0, an integer that a number can say is a number. */
function seen(value) {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  }
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map((item) => item === undefined ? null : seen(item))
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value
  const object = {}
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) Object.defineProperty(object, name, { value: seen(item), ...VISIBLE })
  }
  return object
}

module.exports = { Values }

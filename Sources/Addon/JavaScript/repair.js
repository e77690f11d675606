// What happens when a batch has a character that cannot be sent: its request fails, the others go on.
;(function (core, native) {
  'use strict'

  const REQUEST = 1
  const ABORT = 3
  const LENGTHS = { 1: 8, 2: 3, 3: 2, 4: 3, 5: 3, 6: 4 }
  /** Where a record has its body's length. */
  const BODY_LENGTHS = { 1: 6, 2: 2, 5: 2, 6: 3 }
  /** Where a request has the length of what of its head is among the small bodies, and the flag that this is all of it. */
  const OCTETS_LENGTH = 7
  const HEAD_APART = 2048 << 8

  /**
   * Takes the requests out of a batch that cannot be sent, and hands the rest over.
   * @param {object[]} requests the batch's requests: their heads and flat headers by turns
   * @param {Buffer[]} bodies its large bodies; its words are in native.commands, its small bodies in native.small, and how
   *   many there are in native.sizes
   * @param {object[]} slots the exchanges
   * @param {Function} submit native.submit or native.dispatch
   */
  core.repair = function repair(requests, bodies, slots, submit) {
    const [count, , bytes] = native.sizes
    const words = native.commands.slice(0, count)
    const small = Buffer.from(native.small.buffer)
    const smallBodies = Buffer.from(small.subarray(0, bytes))
    const kept = { words: [], parts: [], bodies: [], small: [] }
    const failed = new Map()
    let request = 0
    let body = 0
    let smallAt = 0
    for (let at = 0; at < count; at += LENGTHS[words[at] & 0xff]) {
      const kind = words[at] & 0xff
      const slot = words[at + 1]
      const own = kind === REQUEST ? partsOf(requests[request++], requests[request++]) : []
      const bodyAt = BODY_LENGTHS[kind]
      if (kind === REQUEST) {
        // All of it goes as text now.
        smallAt += words[at + OCTETS_LENGTH]
        words[at + OCTETS_LENGTH] = 0
        words[at] &= ~HEAD_APART
      }
      const length = bodyAt === undefined ? 0 : words[at + bodyAt]
      const isLarge = length >= native.blockSize
      const ownBody = isLarge ? [bodies[body++]] : []
      const ownSmall = isLarge ? [] : [smallBodies.subarray(smallAt, smallAt + length)]
      if (!isLarge) smallAt += length
      const isChanged = isLarge && core.checks.bytesOf(ownBody[0]) !== length
      const error = isChanged ? changed() : kind === REQUEST ? problem(own) : undefined
      if (error !== undefined && !failed.has(slot)) {
        const isNew = kind === REQUEST
        failed.set(slot, { exchange: slots[slot], error, isNew })
        if (!isNew) kept.words.push(ABORT, slot)
      }
      if (failed.has(slot)) continue
      kept.words.push(...words.subarray(at, at + LENGTHS[kind]))
      kept.parts.push(...own)
      kept.bodies.push(...ownBody)
      kept.small.push(...ownSmall)
    }
    native.commands.set(kept.words)
    const keptBytes = Buffer.concat(kept.small)
    small.set(keptBytes)
    native.sizes.set([kept.words.length, kept.parts.length, keptBytes.length])
    if (kept.words.length > 0 && !submit(kept.parts.join('\0'), kept.bodies)) {
      throw core.errors.create('ERR_ASGI_INTERNAL', 'a batch of requests could not be handed over')
    }
    for (const { exchange, error, isNew } of failed.values()) {
      if (isNew) core.answers.finish(exchange, error)
      else core.answers.fail(exchange, error)
    }
  }

  function changed() {
    const text = 'The memory of a body was given away or cut before it was sent'
    return core.errors.create('ERR_ASGI_INVALID_BODY', text)
  }

  function partsOf(head, headers) {
    return [...core.fixedParts.list(head), ...headers]
  }

  function problem(parts) {
    try {
      core.checks.method(parts[0])
      for (let i = 1; i < core.fixedParts.COUNT; i++) core.checks.headerValue(parts[i])
      for (let i = core.fixedParts.COUNT; i < parts.length; i += 2) {
        core.checks.headerName(parts[i])
        core.checks.headerValue(parts[i + 1])
      }
    } catch (error) {
      return error
    }
    return undefined
  }
})
//# sourceURL=python-node/core/repair.js

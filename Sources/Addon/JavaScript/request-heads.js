// Encodes heads of requests as differences from earlier ones with the same header names. See Head in Records.swift.
'use strict'

const {
  defines: DEFINES,
  noShape: NO_SHAPE,
  fixedFields: FIXED,
  maxShapes: MAX_SHAPES,
  maxHeaders: MAX_HEADERS,
  maxKeptLength: MAX_KEPT_LENGTH,
} = require('native').records
/** Limits of the tree of names, since clients choose them. */
const MAX_STEPS = 4096
const MAX_NAME_LENGTH = 256

/** A node in the tree of header names that follow each other. It caches the last child. */
class Step {
  /** The fields of the last head with these names: undefined for a field that must be sent again. Null if there was no head. */
  last = null
  number = 0
  #name
  #step
  #others = null

  follow(name) {
    if (this.#name === name) return this.#step
    const step = this.#others?.get(name)
    if (step === undefined) return undefined
    this.#name = name
    this.#step = step
    return step
  }

  add(name) {
    const step = new Step()
    this.#others ??= new Map()
    this.#others.set(name, step)
    this.#name = name
    this.#step = step
    return step
  }
}

/** Encodes heads, and remembers them to leave out repeated fields. */
class RequestHeads {
  #root = new Step()
  #shapes = 0
  #steps = 0
  /** The text of the last head. */
  text = ''

  /** The largest number of words of a head with so many headers. */
  static maxSize(count) {
    return 2 + ((FIXED + count + 31) >> 5) + FIXED + 2 * count
  }

  /**
   * Writes a head's numbers, and sets `text`.
   * @param {object} head a RequestHead, see requests.js
   * @param {string[]} list alternating names and values, from `start` to `end`
   * @param {Uint32Array} numbers @param {number} at where to write
   * @returns {number} where the numbers end
   */
  write(head, list, start, end, numbers, at) {
    const count = (end - start) >> 1
    const fields = FIXED + count
    const masks = (fields + 31) >> 5
    let place = at + 2 + masks
    // A local variable: storing each concatenation in a property is slow.
    let text = ''
    const step = count > MAX_HEADERS ? null : this.#find(list, start, end)
    numbers[at] = step === null ? NO_SHAPE : step.number
    numbers[at + 1] = fields
    for (let i = 0; i < masks; i++) numbers[at + 2 + i] = 0
    if (step === null || step.last.length === 0) {
      if (step !== null) numbers[at] += DEFINES
      for (let i = start; i < end; i += 2) {
        numbers[place++] = list[i].length
        text += list[i]
      }
    }
    const last = step === null ? [] : step.last
    for (let i = 0; i < fields; i++) {
      const value = i < FIXED ? fieldOf(head, i) : list[start + 1 + ((i - FIXED) << 1)]
      if (last[i] === value) continue
      last[i] = value.length <= MAX_KEPT_LENGTH ? value : undefined
      numbers[at + 2 + (i >> 5)] |= 1 << (i & 31)
      numbers[place++] = value.length
      text += value
    }
    this.text = text
    return place
  }

  /** The node of these names, made if they are new; null if a name is too long to keep. */
  #find(list, start, end) {
    let step = this.#root
    for (let i = start; i < end; i += 2) {
      const next = step.follow(list[i])
      if (next === undefined && list[i].length > MAX_NAME_LENGTH) return null
      step = next ?? this.#grow(step, list[i])
    }
    if (step.last !== null) return step
    if (this.#shapes === MAX_SHAPES || this.#steps > MAX_STEPS) {
      this.forget()
      step = this.#root
      for (let i = start; i < end; i += 2) step = this.#grow(step, list[i])
    }
    step.number = this.#shapes++
    step.last = []
    return step
  }

  #grow(step, name) {
    this.#steps++
    return step.add(name)
  }

  /** Forgets all heads, so that the next ones are sent in full. */
  forget() {
    this.#root = new Step()
    this.#shapes = this.#steps = 0
  }
}

/** One of the fields before the headers, in the order of Records.swift. */
function fieldOf(head, index) {
  switch (index) {
    case 0:
      return head.method
    case 1:
      return head.target
    case 2:
      return head.rootPath
    case 3:
      return head.clientHost
    case 4:
      return head.serverHost
    default:
      return head.tls
  }
}

module.exports = { RequestHeads }

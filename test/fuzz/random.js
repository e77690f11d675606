'use strict'

/** Numbers that look random and are the same for the same seed (sfc32). */
class Random {
  #a
  #b
  #c
  #counter

  /** @param {...number | string} seeds all of them decide. */
  constructor(...seeds) {
    const state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
    for (const character of seeds.join('/')) {
      for (let i = 0; i < 4; i++) state[i] = Math.imul(state[i] ^ character.charCodeAt(0), 0x01000193 + 2 * i) >>> 0
    }
    ;[this.#a, this.#b, this.#c, this.#counter] = state
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next() {
    const sum = (this.#a + this.#b + this.#counter++) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0
    return sum >>> 0
  }

  /** A whole number from 0 to `end`, which is not among them. */
  below(end) {
    return Math.floor(this.#next() / 0x100000000 * end)
  }

  /** A whole number from `first` to `last`. */
  from(first, last) {
    return first + this.below(last - first + 1)
  }

  /** True once in that many calls, on average. */
  once(times) {
    return this.below(times) === 0
  }

  /** One of some values. */
  of(values) {
    return values[this.below(values.length)]
  }

  /** So many of what a function makes. */
  some(least, most, make) {
    return Array.from({ length: this.from(least, most) }, () => make(this))
  }

  /** Octets. */
  bytes(length) {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.#next()
    return bytes
  }

  /** A length: mostly small, sometimes at a border of the implementation. */
  length() {
    if (this.once(200)) return this.of([1 << 20, (1 << 20) + 1, 1_500_000])
    if (this.once(20)) return this.of([4095, 4096, 4097, 16383, 16384, 16385, 65535, 65536, 65537, 100_000])
    return this.once(3) ? 0 : this.below(200)
  }

  /** Text of characters from a list. */
  text(characters, least, most) {
    let text = ''
    for (let left = this.from(least, most); left > 0; left--) text += characters[this.below(characters.length)]
    return text
  }

  /** Text of any code units, half of which have a meaning in protocols. */
  units(least, most) {
    const units = this.some(least, most, () => {
      return this.once(2) ? this.of(INTERESTING) : this.once(4) ? this.below(0x10000) : this.below(0x100)
    })
    return String.fromCharCode(...units)
  }
}

const INTERESTING = [...'\0\t\n\r :;,/?#%&=\\"()<>@[]{}_-.*+aZ09\x7f\x80\xa0\xe9\xff\u20ac\u2028\ud83d\ude00\ufeff']
  .flatMap(
    (character) => Array.from(character, (each) => each.charCodeAt(0)),
  )

module.exports = { Random }

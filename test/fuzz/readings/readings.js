'use strict'

const assert = require('node:assert/strict')
const { NodeReader } = require('./by-node')
const { ParserReader, whyNot } = require('./by-parser')
const { difference, explanations } = require('./compare')
const { connectionOf } = require('./connections')

/** The same octets to Node's server and to the native parser: what one takes and the other refuses has a reason. */
class Readings {
  #node = new NodeReader()
  #parser = new ParserReader()

  static whyNot = whyNot

  open() {
    return this.#parser.open()
  }

  async close() {
    this.#node.close()
    await this.#parser.close()
  }

  run(random) {
    const octets = connectionOf(random)
    const cuts = random.some(0, 4, () => random.below(octets.length + 1)).sort((a, b) => a - b)
    return this.compare(octets, [[], cuts])
  }

  /**
   * Compares the readings of one connection.
   *
   * @param {Buffer} octets
   * @param {number[][]} cuts for each of Node's readings, where its pieces end.
   * @returns {Promise<string>} `same`, or the reason why they differ.
   * @throws when they differ without a reason, or one of them differs from itself cut elsewhere.
   */
  async compare(octets, cuts) {
    const parser = await this.#parser.read(octets)
    assert.equal(parser.problem, null, `${JSON.stringify(octets.toString('latin1'))}: ${parser.problem}`)
    let outcome = 'same'
    for (const places of cuts) {
      const node = await this.#node.read(octets, places)
      const found = difference(node, parser)
      if (found === null) continue
      const [explanation] = explanations(found, octets)
      assert.ok(explanation, `${found.kind}, cut at [${places}]:\n${shown(octets, found)}`)
      outcome = explanation.reason
    }
    return outcome
  }
}

function shown(octets, { at, fields, node, parser }) {
  const lines = [JSON.stringify(octets.toString('latin1')), `message ${at} ${fields ?? ''}`]
  for (const [name, { messages, ending }] of Object.entries({ node, parser })) {
    lines.push(`${name}: ${JSON.stringify(ending)} ${JSON.stringify(messages.slice(at, at + 1))}`)
  }
  return lines.join('\n').slice(0, 4_000)
}

module.exports = { Readings }

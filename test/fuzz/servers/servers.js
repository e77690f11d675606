'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { onClientError } = require('../../../js/http/client-errors')
const { NodeReader } = require('../readings/by-node')
const { ParserReader, whyNot } = require('../readings/by-parser')
const { difference, explanations } = require('../readings/compare')
const { connectionOf } = require('../readings/connections')
const { open, settled } = require('../world')
const { converse } = require('./conversation')
const { DIFFERENCES, wayOf } = require('./differences')

/**
 * The same octets over the network to `http.createServer(handler.listener)` and to `handler.createServer()`: the app sees
 * the same requests, and the client reads the same responses, unless there is a reason.
 */
class Servers {
  #handler
  #node
  #native
  #nodeReader = new NodeReader()
  #parserReader = new ParserReader()

  static whyNot = whyNot

  async open() {
    this.#handler = open('answers_in_many_ways')
    const node = http.createServer(this.#handler.listener)
    // As `serve` has it: Node's own answer takes the place of the first one that is under way.
    this.#node = await listening(node.on('clientError', onClientError))
    this.#native = await listening(this.#handler.createServer())
    await this.#parserReader.open()
  }

  async close() {
    for (const server of [this.#node, this.#native]) {
      server.close()
      server.closeAllConnections()
    }
    this.#nodeReader.close()
    await this.#parserReader.close()
    await settled([this.#handler])
    await this.#handler.close()
    assert.deepEqual(this.#native.stats().connections, 0)
    assert.deepEqual(this.#native.stats().inFlight, 0)
  }

  async run(random) {
    const octets = inWays(random, connectionOf(random))
    return this.compare(octets, [cutsOf(random, octets), cutsOf(random, octets)])
  }

  /**
   * Compares what the two servers do with a connection.
   *
   * @param {Buffer} octets
   * @param {number[][]} cuts for each of the two servers, where the pieces end.
   * @returns {Promise<string>} `same`, or the reason why they differ.
   * @throws when they differ without a reason.
   */
  async compare(octets, [nodeCuts, nativeCuts]) {
    const readings = await Promise.all([this.#nodeReader.read(octets), this.#parserReader.read(octets)])
    const found = difference(...readings)
    const reason = found === null ? null : explanations(found, octets)[0].reason
    const [node, native] = await Promise.all([
      this.#have(this.#node, octets, nodeCuts, readings[0]),
      this.#have(this.#native, octets, nativeCuts, readings[1]),
    ])
    const said = compareServers({ octets, readings, node, native, end: found?.at ?? Infinity })
    return said ?? reason ?? 'same'
  }

  /** What the app has seen of a connection, which it forgets. */
  async #seen(address) {
    const { body } = await this.#handler.handleRequest({ url: `/seen?${address}` })
    return JSON.parse(body)
  }

  /** Has a connection with one of the servers, and adds what the app has seen of it. */
  async #have(server, octets, cuts, reading) {
    const messages = answered(reading)
    // Node reads on after its 417.
    const isRefused = reading.ending.kind === 'refused' && (server === this.#native || reading.ending.status !== 417)
    const name = server === this.#node ? 'node' : 'native'
    const { port } = server.address()
    const methods = messages.map(({ method }) => method)
    try {
      const said = await converse(port, octets, { cuts, methods, isRefused })
      return { name, ...said, seen: await this.#seen(said.address), messages }
    } catch (error) {
      error.message = `${name}, cut at [${cuts}]: ${error.message}\n${JSON.stringify(octets.toString('latin1'))}`
      throw error
    }
  }
}

/** The messages of a reading that are to be answered. */
function answered({ messages, ending }) {
  const list = messages.filter(({ complete }) => complete)
  const isHandedOver = ending.kind === 'handed over'
  const last = list.findIndex(({ keepAlive }) => keepAlive === false)
  if (last !== -1) return list.slice(0, last + 1)
  if (isHandedOver && messages.at(-1).method !== 'CONNECT') list.push(messages.at(-1))
  return list
}

/**
 * @returns {string | null} the reason of a difference; null without one.
 * @throws for a difference without a reason.
 */
function compareServers({ octets, readings, node, native, end }) {
  checkRefusal(native, readings[1], octets)
  const count = Math.min(end, Math.max(node.messages.length, native.messages.length))
  let reason = null
  for (let at = 0; at < count; at++) {
    // A response that closes the connection may come before it.
    if (node.answers[at] === undefined && native.answers[at] === undefined) break
    const pair = { at, message: native.messages[at], readings, octets }
    for (
      const [what, theirs, ours] of [
        ['answers', node.answers[at], native.answers[at]],
        ['seen', node.seen[at], native.seen[at]],
      ]
    ) {
      const fields = differing(theirs, ours)
      if (fields.length === 0) continue
      const about = { ...pair, what, fields, theirs, ours, node, native }
      const explained = DIFFERENCES.find(({ when }) => when(about))
      assert.ok(explained, shown(about))
      reason = explained.reason
      // Where one of them closes the connection, what comes after is its own.
      if (explained.ends || theirs?.closes !== ours?.closes) return reason
    }
  }
  return reason
}

/** What answers no message of ours says why the rest cannot be read, and is the last. */
function checkRefusal({ answers, messages }, { ending }, octets) {
  if (ending.kind === 'handed over') return
  // The app may have answered the message that could not be read to its end.
  const others = answers.slice(messages.length).filter((answer) => wayOf(answer) === undefined)
  const statuses = others.map(({ status }) => status)
  const isRight = statuses.length === 0 || (ending.kind === 'refused' && String(statuses) === String(ending.status))
  const text = `native answers ${statuses} where ${JSON.stringify(ending)}`
  assert.ok(isRight && others.every(({ closes }) => closes), `${text}\n${JSON.stringify(octets.toString('latin1'))}`)
}

function differing(theirs, ours) {
  if (theirs === undefined || ours === undefined) return theirs === ours ? [] : ['presence']
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return [...names].filter((name) => JSON.stringify(theirs[name]) !== JSON.stringify(ours[name]))
}

function shown({ octets, at, what, fields, theirs, ours, node, native, readings }) {
  const lines = [`${what} of message ${at} differ in ${fields}`, JSON.stringify(octets.toString('latin1'))]
  lines.push(`node:   ${JSON.stringify(theirs)}`, `native: ${JSON.stringify(ours)}`)
  for (const [name, each] of Object.entries({ node, native })) {
    lines.push(`${name}: statuses ${each.answers.map(({ status }) => status)}, cut ${JSON.stringify(each.cut)}`)
  }
  lines.push(`endings: ${JSON.stringify(readings.map(({ ending }) => ending))}`)
  return lines.join('\n').slice(0, 5_000)
}

/** Has each request ask for one of the app's ways to answer: its target says which. */
function inWays(random, octets) {
  const text = octets.toString('latin1').replace(/\/ HTTP/g, () => `/${random.below(500)} HTTP`)
  return Buffer.from(text, 'latin1')
}

/** Whole, octet by octet, or at some places. */
function cutsOf(random, octets) {
  if (random.once(3)) return []
  if (octets.length < 300 && random.once(6)) return Array.from(octets, (_, at) => at)
  return random.some(1, 4, () => random.below(octets.length + 1)).sort((a, b) => a - b)
}

async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

module.exports = { Servers, inWays }

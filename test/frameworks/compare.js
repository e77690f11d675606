'use strict'

const assert = require('node:assert/strict')
const { isUtf8 } = require('node:buffer')
const { createHash } = require('node:crypto')
const { after, before, mock, test } = require('node:test')
const { RawClient, valueOf, withLikeLengths } = require('./client')
const { missing, prepare, startNode, startUvicorn } = require('./servers')

const FEWEST_REQUESTS = 60

// Headers that a server adds for itself, and why they may differ.
const OF_THE_SERVER = new Set([
  // The time of the answer and the server's name.
  'date',
  'server',
  // Whether the connection stays open, and how long: each server has its own rules. The client obeys them.
  'connection',
  'keep-alive',
  // The framing of a body without a length. The client decodes it, and reports whether the body is complete.
  'transfer-encoding',
])

/**
 * Makes tests that send requests to an app under uvicorn and under node:http with the listener, and compare what comes
 * back: status, headers with their order, body. The reason phrase is the server's own.
 *
 * A step of a test is a request (see `RawClient`), or a function that makes one from the last answer of the same
 * server. It says what is expected of uvicorn's answer, so that both do not merely fail alike: `status` (200 when
 * absent), `says` (a text in the body), `isComplete` (true when absent). After a request with `failsLate` the next one
 * has a new connection: uvicorn closes one on which the app has raised after a complete response.
 *
 * `{ begin: request, until: text }` sends a request on a connection of its own and waits for no more than the text;
 * `{ leave: true }` closes that connection.
 *
 * @param {string} target `'module:attribute'` of Fixtures/frameworks
 * @param {string[]} modules the Python modules that the app needs
 * @param {Record<string, Array<object | Function>>} tests steps by title
 */
function compare(target, modules, tests) {
  const lacking = missing(['uvicorn', ...modules])
  const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`
  const sides = {}
  let files

  before(async () => {
    if (skip) return
    files = prepare()
    // The apps fail on purpose, and the listener says so.
    mock.method(console, 'error', () => {})
    sides.uvicorn = new Side(await startUvicorn(target))
    sides.node = new Side(await startNode(target))
  })

  after(async () => {
    for (const side of Object.values(sides)) await side.stop()
    files?.remove()
    mock.restoreAll()
  })

  for (const [title, steps] of Object.entries(tests)) {
    test(title, { skip }, async () => {
      for (const side of Object.values(sides)) side.last = null
      for (const [index, step] of steps.entries()) {
        const expected = await sides.uvicorn.take(step)
        const got = await sides.node.take(step)
        if (expected === null) continue
        const name = `step ${index + 1}, ${expected.request.method ?? 'GET'} ${expected.request.path}`
        const { status = 200, says = '', isComplete = true } = expected.request
        assert.equal(expected.answer.status, status, `${name}: status of uvicorn`)
        assert.equal(expected.answer.isComplete, isComplete, `${name}: completeness of uvicorn's answer`)
        assert.ok(expected.answer.body.includes(says), `${name}: ${says} is not in ${expected.answer.body}`)
        const [ours, theirs] = withLikeLengths(got.answer, expected.answer)
        assert.deepEqual(comparable(ours), comparable(theirs), name)
      }
    })
  }

  test(`at least ${FEWEST_REQUESTS} requests to ${target} are compared`, () => {
    const count = Object.values(tests).flat().filter((step) => typeof step === 'function' || step.path).length
    assert.ok(count >= FEWEST_REQUESTS, `${count}`)
  })
}

/** One of the two servers, and what it has answered. */
class Side {
  #server
  #client
  #other = null
  last = null

  constructor(server) {
    this.#server = server
    this.#client = new RawClient(server.port)
  }

  /** Does a step of a test; gives null when it is not for comparing. */
  async take(step) {
    if (step.begin !== undefined) {
      this.#other = new RawClient(this.#server.port)
      await this.#other.begin(step.begin, step.until)
      return null
    }
    if (step.leave) {
      this.#other.destroy()
      this.#other = null
      return null
    }
    const request = typeof step === 'function' ? step(this.last) : step
    const answer = await this.#client.send(request)
    if (request.failsLate) this.#client.destroy()
    this.last = { ...answer, header: (name) => valueOf(answer.headers, name), cookies: () => cookiesOf(answer) }
    return { request, answer }
  }

  async stop() {
    this.#client.destroy()
    this.#other?.destroy()
    await this.#server.stop()
  }
}

/** The cookies that an answer sets, as a request sends them back. */
function cookiesOf({ headers }) {
  const values = headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value)
  return ['Cookie', values.map((value) => value.split(';')[0]).join('; ')]
}

const EXPIRES = /(?<=expires=)[A-Z][a-z]{2}, [^;]+ GMT/g

/** A time that the answer itself has made: the other server may have been asked a second later. */
function soon(text) {
  return Math.abs(Date.parse(text) - Date.now()) < 60_000 ? 'about now' : text
}

/** The parts of two servers' responses that must be equal. */
function comparable({ interim, status, headers, body, isComplete }) {
  // The boundary between the parts of several ranges is random.
  const [, boundary] = /^multipart\/byteranges; boundary=(\S+)$/.exec(valueOf(headers, 'content-type')) ?? []
  const plain = (text) => (boundary === undefined ? text : text.replaceAll(boundary, 'boundary')).replace(EXPIRES, soon)
  return {
    interim,
    status,
    headers: headers
      .filter(([name]) => !OF_THE_SERVER.has(name.toLowerCase()))
      .map(([name, value]) => `${name}: ${plain(value)}`),
    body: described(Buffer.from(plain(body.toString('latin1')), 'latin1')),
    isComplete,
  }
}

/** A body in a form that a reader of a failed comparison can use. */
function described(body) {
  if (body.length <= 4096 && isUtf8(body)) return body.toString()
  return `${body.length} octets, SHA-256 ${createHash('sha256').update(body).digest('hex')}`
}

module.exports = { compare }

'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { run, socketsOf } = require('../serve/support')
const { makeFolder, selfSigned, send } = require('../support')
const { docroot } = require('./world')

/** ms that everything may take to be gone: sessions of HTTP/2 may wait for their clients for longer than other connections. */
const GONE_LIMIT = 60_000

/** Output of a process that shows an unexpected failure. */
const SURPRISE = /Unexpected|Uncaught|Unhandled|Warning:|node:internal|Fatal|FATAL|Segmentation/

/** The command `serve` in a process of its own, with the app names_its_request, and what must be left of its clients. */
class Served {
  #isSecure
  #running
  #before
  #afters = []
  port

  /** @param {{ isSecure: boolean }} options whether it speaks TLS, and HTTP/2 then. */
  constructor({ isSecure }) {
    this.#isSecure = isSecure
  }

  async open() {
    const t = { after: (act) => this.#afters.unshift(act) }
    const args = ['serve', 'names_its_request:app', '--app-dir', docroot, '--port', '0', '--no-access-log']
    args.push('--timeout-keep-alive', '0.5', '--metrics-path', '/metrics')
    if (this.#isSecure) {
      const { key, cert } = selfSigned()
      const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
      args.push('--http2', '--ssl-certfile', `${folder}/both.pem`)
    }
    this.#running = run(t, args)
    const [, url] = await this.#running.says(/"?Listening on ([^\s"]+)/)
    this.port = Number(new URL(url).port)
    await this.#ask('/whole/first')
    this.#before = socketsOf(this.#running.child.pid)
  }

  /** It lives, and has met nothing that it did not expect. */
  check() {
    const { child, output } = this.#running
    assert.doesNotMatch(output.stderr, SURPRISE)
    assert.ok(child.exitCode === null && child.signalCode === null, `serve has ended: ${output.stderr.slice(-2000)}`)
    // What apps raise.
    if (output.stderr.length > 1 << 20) output.stderr = ''
  }

  /** Asserts that nothing is left of any client, and ends the server in an orderly way. */
  async close() {
    try {
      this.check()
      const end = Date.now() + GONE_LIMIT
      let left = await this.#left()
      while (left !== null) {
        if (Date.now() > end) throw new Error(`left behind: ${left}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
        left = await this.#left()
      }
      this.#running.child.kill('SIGTERM')
      const { code, signal } = await this.#running.ended
      assert.deepEqual([code, signal], [0, null])
      assert.doesNotMatch(this.#running.output.stderr, SURPRISE)
    } finally {
      for (const act of this.#afters) await act()
    }
  }

  async #left() {
    const sockets = socketsOf(this.#running.child.pid)
    if (sockets > this.#before) return `${sockets} sockets, where ${this.#before} were`
    const inFlight = Number(/requests_in_flight (\d+)/.exec(await this.#ask('/metrics'))[1])
    return inFlight > 0 ? `${inFlight} requests` : null
  }

  async #ask(path) {
    const protocol = this.#isSecure ? 'https:' : 'http:'
    const options = { port: this.port, protocol, rejectUnauthorized: false, agent: false, path }
    const { status, body } = await send(options)
    assert.equal(status, 200)
    return body.toString()
  }
}

/** Names a request of a case so that no change makes it another's name. */
function nameOf(number, index) {
  return `c${number}i${index}x${createHash('sha1').update(`request ${number} ${index}`).digest('hex').slice(0, 8)}`
}

/**
 * Gives the numbers of the requests that are named in some octets.
 *
 * @throws when one is another case's.
 */
function namedIn(bytes, number) {
  const indexes = []
  for (const [name, other, index] of bytes.toString('latin1').matchAll(/c(\d+)i(\d+)x[0-9a-f]{8}/g)) {
    if (name !== nameOf(Number(other), Number(index))) continue
    assert.equal(Number(other), number, `an answer of case ${other}: ${name}`)
    indexes.push(Number(index))
  }
  return indexes
}

module.exports = { Served, nameOf, namedIn }

'use strict'

const net = require('node:net')
const { AnswerReader } = require('./answer-reader')

/** ms that a server may take for everything on one connection. */
const TIMEOUT = 15_000

/**
 * Opens one connection to a server: sends octets, waits for the answers to them, and closes its side.
 *
 * @param {number} port
 * @param {Buffer} octets
 * @param {object} more
 * @param {number[]} more.cuts the ends of the pieces in which they are sent, in order.
 * @param {string[]} more.methods of the requests that must be answered.
 * @param {boolean} more.isRefused the octets after them are invalid, so that the server closes the connection.
 * @returns {Promise<{ address: string, answers: object[], cut: object | null }>} the client's address, the answers, and
 *   the one that the end of the connection has cut off.
 */
async function converse(port, octets, { cuts, methods, isRefused }) {
  const client = new Client(port, methods)
  try {
    await client.connected
    let start = 0
    for (const end of [...cuts, octets.length]) {
      if (end === start) continue
      client.socket.write(octets.subarray(start, end))
      start = end
      if (end < octets.length) await new Promise(setImmediate)
    }
    await client.until(() => client.reader.count >= methods.length && !isRefused && !client.isToBeClosed)
    client.socket.end()
    await client.until(() => false)
    return { address: client.address, answers: client.reader.answers, cut: client.reader.end() }
  } finally {
    client.socket.destroy()
  }
}

/** How many clients there have been. */
let clients = 0

/** An address that no other client has: a port alone may be another client's as soon as its connection has ended. */
function newAddress() {
  clients++
  return `127.${64 + (clients >> 16) % 128}.${(clients >> 8) & 255}.${clients & 255}`
}

class Client {
  reader
  address = newAddress()
  #isOver = false
  #failure = null
  #wake = () => undefined

  constructor(port, methods) {
    this.reader = new AnswerReader(methods)
    const localAddress = this.address
    this.socket = net.connect({ port, host: '127.0.0.1', localAddress, noDelay: true, allowHalfOpen: true })
    this.connected = new Promise((resolve) => this.socket.once('connect', resolve).once('close', resolve))
    this.socket.on('data', (chunk) => this.#take(chunk))
    // A server that has given a connection up may reset it.
    this.socket.on('error', () => undefined)
    for (const name of ['end', 'close']) this.socket.on(name, () => this.#over())
  }

  /** Whether the last answer says that the server closes the connection. */
  get isToBeClosed() {
    return this.reader.answers.at(-1)?.closes === true
  }

  /** Waits until a condition holds or the connection has ended. @throws when that takes too long. */
  async until(condition) {
    const end = Date.now() + TIMEOUT
    while (!this.#isOver && !condition()) {
      if (this.#failure !== null) throw this.#failure
      let timer
      await new Promise((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, TIMEOUT)
      })
      clearTimeout(timer)
      if (Date.now() >= end) throw new Error(`hangs after ${this.reader.count} answers`)
    }
    if (this.#failure !== null) throw this.#failure
  }

  #take(chunk) {
    try {
      this.reader.take(chunk)
    } catch (error) {
      this.#failure ??= error
    }
    this.#wake()
  }

  #over() {
    this.#isOver = true
    this.#wake()
  }
}

module.exports = { converse }

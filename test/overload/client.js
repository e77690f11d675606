'use strict'

const net = require('node:net')

/** The last character of each answer of takes_load. */
const END = 126

/** ms that one response may take under any load. */
const LIMIT = 120_000

/** One connection that is kept alive; its requests go one after the other. */
class Client {
  #socket
  #waiting = null
  #first = ''

  /** @param {number} port */
  constructor(port) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.setTimeout(LIMIT, () => this.#socket.destroy(new Error(`no answer in ${LIMIT} ms`)))
    this.#socket.on('data', (chunk) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#settle(error))
    this.#socket.on('close', () => this.#settle(new Error('the connection was closed')))
  }

  /** Resolves when it is connected. */
  connected() {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve)
      this.#socket.once('error', reject)
    })
  }

  /**
   * Asks, and gives the status.
   *
   * @param {string} path
   * @param {number | null} [length] of an upload in bytes, which `send` sends.
   * @returns {Promise<number>} rejects when the connection is lost.
   */
  ask(path, length = null) {
    const lines = length === null
      ? `GET ${path} HTTP/1.1\r\n`
      : `POST ${path} HTTP/1.1\r\nContent-Length: ${length}\r\n`
    this.#first = ''
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(`${lines}Host: localhost\r\n\r\n`)
    })
  }

  /** Sends bytes of an upload. */
  send(bytes) {
    this.#socket.write(bytes)
  }

  /** Reads nothing until `resume`. */
  pause() {
    this.#socket.pause()
  }

  resume() {
    this.#socket.resume()
  }

  close() {
    this.#waiting = null
    this.#socket.destroy()
  }

  #take(chunk) {
    if (this.#first === '') this.#first = chunk.toString('latin1', 0, 12)
    // A refusal by the server itself has no such end, and comes in one piece.
    const status = Number(this.#first.slice(9, 12))
    if (status !== 200 || chunk.includes(END)) this.#settle(null, status)
  }

  #settle(error, status) {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting === null) return
    if (error === null) waiting.resolve(status)
    else waiting.reject(error)
  }
}

module.exports = { Client }

'use strict'

const net = require('node:net')
const { Descriptors } = require('../descriptors')
const { listen } = require('../listening')

/**
 * Holds the listening socket and hands its connections to workers, in turns.
 *
 * The round-robin of node:cluster closes the port when its last worker ends, and loses what it handed to a worker that
 * dies. Here connections wait while there is no worker, and each is kept until its worker has said that it has it. A
 * channel keeps its order: what a worker is told after `remove` comes after all of its connections.
 */
class Distributor {
  #server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true })
  #descriptors
  #waiting = []
  // Whose turn it is comes first.
  #workers = []
  // Of each worker: the connections that it has not answered for, by their ascending numbers.
  #handed = new Map()
  #number = 0

  /** @param {import('../log').Log} log is told when connections cannot be taken. */
  constructor(log) {
    this.#descriptors = new Descriptors(this.#server, log)
    this.#server.on('connection', (socket) => this.#arrived(socket))
  }

  /** The address, as server.address() gives it. */
  get address() {
    return this.#server.address()
  }

  /**
   * Opens the port.
   *
   * @param {object} settings those of the command.
   * @returns {Promise<void>} rejects with a ServeFailure.
   */
  listen(settings) {
    return listen(this.#server, settings)
  }

  /** Closes the port, and the connections that no worker has. */
  close() {
    this.#server.close()
    this.#descriptors.close()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  /**
   * Gives connections to a worker from now on.
   *
   * @param {object} worker `take(number, socket)` sends it a connection.
   */
  add(worker) {
    this.#workers.push(worker)
    if (!this.#handed.has(worker)) this.#handed.set(worker, new Map())
    this.#distribute()
  }

  /** Gives it no more connections. */
  remove(worker) {
    this.#workers = this.#workers.filter((each) => each !== worker)
  }

  /** A worker has a connection. An earlier one that it has not answered for did not reach it. */
  taken(worker, number) {
    const handed = this.#handed.get(worker)
    if (handed === undefined) return
    for (const [each, socket] of handed) {
      if (each > number) break
      handed.delete(each)
      if (each === number) socket.destroy()
      else this.#waiting.unshift(socket)
    }
    this.#distribute()
  }

  /** A worker has ended: another gets what it did not answer for. */
  lost(worker) {
    this.remove(worker)
    this.#waiting.unshift(...(this.#handed.get(worker)?.values() ?? []))
    this.#handed.delete(worker)
    this.#distribute()
  }

  #arrived(socket) {
    // Nobody reads it here; its worker learns what became of it.
    socket.on('error', () => socket.destroy())
    this.#waiting.push(socket)
    this.#distribute()
  }

  #distribute() {
    while (this.#waiting.length > 0 && this.#workers.length > 0) {
      const socket = this.#waiting.shift()
      const worker = this.#nextWorker()
      const number = this.#number++
      this.#handed.get(worker).set(number, socket)
      worker.take(number, socket)
    }
  }

  /** Chooses the worker that has answered for most of what it was handed: one that computes gets less. */
  #nextWorker() {
    let chosen = 0
    for (let i = 1; i < this.#workers.length; i++) {
      if (this.#handed.get(this.#workers[i]).size < this.#handed.get(this.#workers[chosen]).size) chosen = i
    }
    const [worker] = this.#workers.splice(chosen, 1)
    this.#workers.push(worker)
    return worker
  }
}

module.exports = { Distributor }

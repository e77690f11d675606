'use strict'

const dns = require('node:dns/promises')
const fs = require('node:fs')
const { core } = require('../../binding')
const { EVERY } = require('../../native-server/listen-arguments')
const { addressOf, atFirstOf, permit } = require('../../native-server/places')
const { listenError } = require('../../native-server/system-errors')
const { failureToListen, freeSocketPath } = require('../listening')

/** macOS gives all connections to one of the sockets of a port. */
const SHARES_PORTS = process.platform === 'linux'

/** Who may connect to a Unix socket: every user. */
const EVERYONE = 0o666

/**
 * The listening sockets of a server with workers, which inherit them and accept the connections.
 *
 * Each worker has a socket of its own, and the system shares the connections of a port out among them (`SO_REUSEPORT`). A
 * Unix socket and one that was inherited are shared by all workers. The sockets stay open here: connections that wait for
 * a worker that has ended are accepted by its successor, which gets the same socket, or until then by a neighbour.
 */
class Sockets {
  #descriptors = []
  // Of a Unix socket that was made here; empty for others.
  #path = ''
  /** Where it listens, as `net.Server` says it. */
  address = null

  /**
   * Opens the sockets.
   *
   * @param {object} settings those of the command.
   * @param {number} workers how many share the port.
   * @returns {Promise<Sockets>}
   * @throws {import('../failure').ServeFailure} saying in words why nothing can listen.
   */
  static async open(settings, workers) {
    const { host, port, uds, fd, backlog } = settings
    if (uds !== null && fd === null) await freeSocketPath(uds)
    const sockets = new Sockets()
    try {
      if (fd !== null) sockets.#inherit(fd, backlog)
      else if (uds !== null) sockets.#openPath(uds, backlog)
      else {atFirstOf(await addressesOf(host), (each) =>
          sockets.#openPort(each, port, backlog, SHARES_PORTS ? workers : 1))}
    } catch (error) {
      sockets.close()
      throw failureToListen(error, settings)
    }
    return sockets
  }

  /** Whether all workers accept from the same socket. */
  get areShared() {
    return this.#descriptors.length === 1
  }

  /**
   * Gives the sockets that a worker inherits: its own, and, where each has one, that of the next worker.
   *
   * @param {number} worker from 1.
   * @returns {number[]} descriptors, which stay open until `close`.
   */
  of(worker) {
    const places = this.areShared ? [0] : [worker - 1, worker % this.#descriptors.length]
    return places.map((place) => this.#descriptors[place])
  }

  /** Closes the sockets. Workers that have them accept until they close theirs. */
  close() {
    if (this.#path !== '') fs.rmSync(this.#path, { force: true })
    for (const descriptor of this.#descriptors.splice(0)) fs.closeSync(descriptor)
    this.#path = ''
  }

  #inherit(fd, backlog) {
    this.#add(open({ fd, backlog }))
    // That was a second descriptor of it. What programs take for their input and output stays.
    if (fd > 2) fs.closeSync(fd)
  }

  #openPath(path, backlog) {
    this.#add(open({ path, backlog }))
    this.#path = path
    permit(path, EVERYONE)
  }

  #openPort(host, port, backlog, count) {
    if (count === 1) {
      this.#add(open({ host, port, backlog }))
      return
    }
    // Sockets that share their port would share it with another server's as well: one that does not finds out first.
    const probe = open({ host, port, backlog: 0 })
    try {
      for (let i = 0; i < count; i++) this.#add(open({ host, port: probe.port, backlog, reusePort: true }))
    } finally {
      fs.closeSync(probe.fd)
    }
  }

  #add(socket) {
    this.#descriptors.push(socket.fd)
    this.address = addressOf(socket)
  }
}

async function addressesOf(host) {
  return host === '' ? EVERY : [(await dns.lookup(host)).address]
}

/**
 * Opens a socket that listens.
 *
 * @param {object} given a Place of listen-arguments.js; what is left out is the default.
 * @returns {{ fd: number, address: string, port: number }}
 * @throws {Error} the system's, as Node has it.
 */
function open(given) {
  const place = { host: '', port: 0, path: '', fd: -1, reusePort: false, ...given }
  const { code, errno, syscall, ...socket } = core.servers.open(place)
  if (code !== undefined) throw listenError({ code, errno, syscall }, place)
  return socket
}

module.exports = { Sockets, open }

'use strict'

const dns = require('node:dns/promises')
const fs = require('node:fs')
const { core } = require('../../binding')
const { EVERY } = require('../../native-server/listen-arguments')
const { addressOf, atFirstOf, permit } = require('../../native-server/places')
const { listenError } = require('../../native-server/system-errors')
const { failureToListen, freeSocketPath } = require('../listening')

/**
 * Whether the system distributes connections among sockets with SO_REUSEPORT. macOS gives all of them to one socket.
 */
const SHARES_PORTS = process.platform === 'linux'

/** The mode of a Unix socket: every user may connect. */
const EVERYONE = 0o666

/**
 * The listening sockets of a server with workers. The workers inherit them and accept the connections.
 *
 * Each worker has its own socket, and the system distributes the connections among the sockets of the port
 * (`SO_REUSEPORT`). A Unix socket or an inherited socket is shared by all workers. The sockets stay open in this
 * process: connections that wait for a worker that has ended are accepted by its successor, which gets the same socket,
 * or until then by another worker.
 */
class Sockets {
  #descriptors = []
  // The path of a Unix socket that was made here, or empty.
  #path = ''
  /** The address in the form of `net.Server`. */
  address = null

  /**
   * Opens the sockets.
   *
   * @param {object} settings of `parse`.
   * @param {number} workers how many share the port.
   * @returns {Promise<Sockets>}
   * @throws {import('../failure').ServeFailure} with the reason why it cannot listen.
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
   * Returns the sockets that a worker inherits: its own and, if each has one, that of the next worker.
   *
   * @param {number} worker from 1.
   * @returns {number[]} descriptors, which stay open until `close`.
   */
  of(worker) {
    const places = this.areShared ? [0] : [worker - 1, worker % this.#descriptors.length]
    return places.map((place) => this.#descriptors[place])
  }

  /** Closes the sockets in this process. Workers go on accepting until they close theirs. */
  close() {
    if (this.#path !== '') fs.rmSync(this.#path, { force: true })
    for (const descriptor of this.#descriptors.splice(0)) fs.closeSync(descriptor)
    this.#path = ''
  }

  #inherit(fd, backlog) {
    this.#add(open({ fd, backlog }))
    // `open` has duplicated the descriptor, so this one is closed; except stdin, stdout and stderr.
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
    // A socket with SO_REUSEPORT would also share the port with another server. A socket without it detects that first.
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
 * Opens a listening socket.
 *
 * @param {object} given properties of a Place, see listen-arguments.js.
 * @returns {{ fd: number, address: string, port: number }}
 * @throws {Error} the system's error in Node's form.
 */
function open(given) {
  const place = { host: '', port: 0, path: '', fd: -1, reusePort: false, ...given }
  const { code, errno, syscall, ...socket } = core.servers.open(place)
  if (code !== undefined) throw listenError({ code, errno, syscall }, place)
  return socket
}

module.exports = { Sockets, open }

'use strict'

const cluster = require('node:cluster')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { ServeFailure } = require('./failure')

/**
 * Makes a server listen where the settings say: a socket that this process has inherited, a Unix socket, or a host and a
 * port.
 *
 * @param {import('node:net').Server} server
 * @param {{ host: string, port: number, uds: string | null, fd: number | null, backlog: number }} settings `host`: empty for
 *   every address of the machine; `backlog`: connections that may wait to be accepted.
 * @returns {Promise<void>}
 * @throws {ServeFailure} saying in words why it does not.
 */
async function listen(server, { host, port, uds, fd, backlog }) {
  // In a worker process the primary has looked at the path; there the socket is alive because it is our own.
  if (uds !== null && typeof fd !== 'number' && !cluster.isWorker) await freeSocketPath(uds)
  try {
    await new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...placeOf({ host, port, uds, fd }), backlog }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw failureToListen(error, { host, port, uds, fd })
  }
}

/**
 * Gives the failure of a server that cannot listen.
 *
 * @param {Error} error the system's.
 * @param {{ host: string, port: number, uds: string | null, fd: number | null }} settings
 * @returns {ServeFailure} saying in words why not.
 */
function failureToListen(error, settings) {
  return new ServeFailure(whyNot(error, settings), { code: error.code })
}

function placeOf({ host, port, uds, fd }) {
  if (typeof fd === 'number') return { fd }
  if (uds !== null) return { path: uds, readableAll: true, writableAll: true }
  return host === '' ? { port } : { host, port }
}

function whyNot(error, { host, port, uds, fd }) {
  if (typeof fd === 'number') return `--fd: descriptor ${fd} is no socket that can be listened on (${error.code})`
  return uds === null ? whyNotPort(error, host || 'every address', port) : whyNotSocket(error, uds)
}

/**
 * Makes room for a Unix socket: removes one that nobody listens on any more.
 *
 * @param {string} file
 * @returns {Promise<void>}
 * @throws {ServeFailure} when somebody listens on it, or it is no socket at all.
 */
async function freeSocketPath(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isSocket()) throw new ServeFailure(`--uds: ${file} is there already, and is no socket`)
  if (await isAlive(file)) throw new ServeFailure(`--uds: ${file} is in use by another server`)
  fs.rmSync(file, { force: true })
}

function isAlive(file) {
  return new Promise((resolve) => {
    const socket = net.connect(file)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Not allowed to ask, or too many ask: somebody is there.
    socket.once('error', ({ code }) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

function whyNotPort(error, host, port) {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Choose another one with --port`
    case 'EACCES':
      return `Port ${port} on ${host} is not allowed for this user. Choose another one with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `${host} is no address of this machine. Choose another one with --host`
    default:
      return `Cannot listen on ${host}, port ${port}: ${error.message}`
  }
}

function whyNotSocket(error, file) {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `--uds: there is no folder ${path.dirname(file)}`
    case 'EACCES':
      // Node gives this code also where there is no such folder.
      if (!fs.existsSync(path.dirname(file))) return `--uds: there is no folder ${path.dirname(file)}`
      return `--uds: this user may not make ${file}`
    case 'EADDRINUSE':
      return `--uds: ${file} is in use by another server`
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return `--uds: ${file} is too long for a socket's path`
    default:
      return `Cannot listen on ${file}: ${error.message}`
  }
}

/**
 * Gives where a server is to be found, for people and clients.
 *
 * @param {string | import('node:net').AddressInfo | null} address
 * @param {boolean} isSecure whether it speaks TLS.
 * @returns {string[]}
 */
function urlsOf(address, isSecure) {
  // Of a Unix socket that was inherited Node knows no path.
  if (address === null) return ['the inherited socket']
  if (typeof address === 'string') return [`unix:${address}`]
  const host = net.isIPv6(address.address) ? `[${address.address}]` : address.address
  return [`${isSecure ? 'https' : 'http'}://${host}:${address.port}`]
}

module.exports = { failureToListen, freeSocketPath, listen, urlsOf }

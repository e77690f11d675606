'use strict'

const cluster = require('node:cluster')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { ServeFailure } = require('./failure')

/**
 * Makes a server listen on an inherited socket, a Unix socket, or a host and port.
 *
 * @param {import('node:net').Server} server
 * @param {{ host: string, port: number, uds: string | null, fd: number | null, backlog: number }} settings `host`:
 *   empty for all addresses; `backlog`: connections that may wait to be accepted.
 * @returns {Promise<void>}
 * @throws {ServeFailure} with the reason.
 */
async function listen(server, { host, port, uds, fd, backlog }) {
  // In a worker the primary has already checked the path, and the socket that exists is the primary's.
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
 * Makes the failure of a server that cannot listen.
 *
 * @param {Error} error the system's.
 * @param {{ host: string, port: number, uds: string | null, fd: number | null }} settings
 * @returns {ServeFailure} with the reason.
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
  if (typeof fd === 'number') {
    return `--fd: descriptor ${fd} is not a socket to listen on (${error.code}): pass a listening one`
  }
  return uds === null ? whyNotPort(error, host || 'every address', port) : whyNotSocket(error, uds)
}

/**
 * Removes a stale Unix socket.
 *
 * @param {string} file
 * @returns {Promise<void>}
 * @throws {ServeFailure} if a server listens on it, or the file is not a socket.
 */
async function freeSocketPath(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (!stats.isSocket()) {
    throw new ServeFailure(`--uds: ${file} exists and is not a socket: choose another path, or remove it`)
  }
  if (await isAlive(file)) {
    throw new ServeFailure(`--uds: ${file} is in use by another server: choose another path, or stop that server`)
  }
  fs.rmSync(file, { force: true })
}

function isAlive(file) {
  return new Promise((resolve) => {
    const socket = net.connect(file)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Other errors, such as EACCES and EAGAIN, mean that a server listens.
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
      return `${host} is not an address of this machine. Choose another one with --host`
    default:
      return `Cannot listen on ${host}, port ${port}: ${error.message}`
  }
}

function whyNotSocket(error, file) {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `--uds: there is no folder ${path.dirname(file)}: make it, or choose another path`
    case 'EACCES':
      // Node also reports this code if the folder does not exist.
      if (!fs.existsSync(path.dirname(file))) {
        return `--uds: there is no folder ${path.dirname(file)}: make it, or choose another path`
      }
      return `--uds: this user is not allowed to create ${file}: choose another path`
    case 'EADDRINUSE':
      return `--uds: ${file} is in use by another server: choose another path, or stop that server`
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return `--uds: ${file} is too long for a socket's path: choose a shorter one`
    default:
      return `Cannot listen on ${file}: ${error.message}`
  }
}

/**
 * Returns the URLs of a server.
 *
 * @param {string | import('node:net').AddressInfo | null} address
 * @param {boolean} isSecure whether it speaks TLS.
 * @returns {string[]}
 */
function urlsOf(address, isSecure) {
  // Node does not know the path of an inherited Unix socket.
  if (address === null) return ['the inherited socket']
  if (typeof address === 'string') return [`unix:${address}`]
  const host = net.isIPv6(address.address) ? `[${address.address}]` : address.address
  return [`${isSecure ? 'https' : 'http'}://${host}:${address.port}`]
}

module.exports = { failureToListen, freeSocketPath, listen, urlsOf }

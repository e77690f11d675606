'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')

/** The default number of connections that wait to be accepted, as in Node. */
const BACKLOG = 511

/** The addresses to try for all of the machine: IPv6 with IPv4, then IPv4 only. */
const EVERY = ['::', '0.0.0.0']

/**
 * Where a server listens.
 *
 * @typedef {object} Place
 * @property {string} host a name or an address; empty for all addresses.
 * @property {number} port 0 for a free one.
 * @property {string} path of a Unix socket, or empty.
 * @property {number} fd of a listening socket, or -1.
 * @property {number} backlog
 * @property {boolean} reusePort whether other sockets may listen on the same port and share the connections.
 * @property {boolean} readableAll whether every user may read from the Unix socket.
 * @property {boolean} writableAll whether every user may write to it.
 * @property {AbortSignal | null} signal closes the server.
 */

/**
 * Parses the arguments of `listen` in all forms of `net.Server`, except handles.
 *
 * @param {any[]} args
 * @returns {{ place: Place, callback: Function | null }}
 * @throws {Error} with the codes of Node: `ERR_INVALID_ARG_VALUE`, `ERR_INVALID_ARG_TYPE`, `ERR_SOCKET_BAD_PORT`.
 */
function readListenArguments(args) {
  const last = args.at(-1)
  const callback = typeof last === 'function' ? last : null
  const rest = callback === null ? args : args.slice(0, -1)
  const options = optionsOf(rest)
  if (typeof options.handle === 'object' || typeof options._handle === 'object') {
    throw wrong(
      'ERR_INVALID_ARG_VALUE',
      `Handles are not supported: pass { fd } instead. Received ${inspect(rest[0], { depth: 0 })}`,
    )
  }
  if (options.ipv6Only) throw wrong('ERR_INVALID_ARG_VALUE', 'The option ipv6Only is not supported by this server')
  const { host, path, fd, backlog, reusePort, readableAll, writableAll, signal = null } = options
  const place = {
    host: '',
    port: 0,
    path: '',
    fd: -1,
    backlog: countOf(backlog),
    reusePort: reusePort === true,
    readableAll: readableAll === true,
    writableAll: writableAll === true,
    signal,
  }
  if (Number.isInteger(fd) && fd >= 0) {
    place.fd = fd
  } else if (typeof path === 'string' && path !== '') {
    if (path.includes('\0')) throw wrong('ERR_INVALID_ARG_VALUE', 'The path of a socket must be without null bytes')
    place.path = path
  } else {
    place.port = portOf(options.port, rest)
    if (host !== undefined && host !== null && host !== '') {
      if (typeof host !== 'string') {
        throw wrong('ERR_INVALID_ARG_TYPE', `The option host must be a string. Received ${inspect(host)}`)
      }
      place.host = host
    }
  }
  return { place, callback }
}

/** Parses `(options)`, `(path, backlog)`, `(port, host, backlog)` and `(port, backlog)`. */
function optionsOf([first, second, third]) {
  if (typeof first === 'object' && first !== null) return core.checks.owned(first)
  if (typeof first === 'string' && !isPort(first)) return { path: first, backlog: second }
  if (typeof second === 'string') return { port: first, host: second, backlog: third }
  return { port: first, backlog: second ?? third }
}

function isPort(text) {
  return text.trim() !== '' && Number(text) >= 0
}

function portOf(port, rest) {
  if (port === undefined || port === null) {
    if (rest.length === 0 || Object.hasOwn(Object(rest[0]), 'port') || rest[0] === undefined || rest[0] === null) {
      return 0
    }
    throw wrong(
      'ERR_INVALID_ARG_VALUE',
      `The argument must have the property "port", "path" or "fd". Received ${inspect(rest[0])}`,
    )
  }
  const isText = typeof port === 'string' && port.trim() !== ''
  const number = isText || typeof port === 'number' ? Number(port) : NaN
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number
  throw wrong('ERR_SOCKET_BAD_PORT', `The port must be >= 0 and < 65536. Received ${inspect(port)}`, RangeError)
}

function countOf(backlog) {
  const count = Number(backlog)
  return Number.isInteger(count) && count > 0 ? Math.min(count, 0x7fffffff) : BACKLOG
}

function wrong(code, message, Type = TypeError) {
  return Object.assign(new Type(message), { code })
}

module.exports = { EVERY, readListenArguments }

'use strict'

const net = require('node:net')
const { itemsOf } = require('./addresses')
const { connectionOf, kConnection } = require('./wire')

const SECURE = new Map([['https', true], ['wss', true], ['http', false], ['ws', false]])

/**
 * Applies `X-Forwarded-For` and `X-Forwarded-Proto` of trusted proxies. `X-Forwarded-Host` and `-Port` are left to the app,
 * since proxies can pass on `Host` itself.
 */
class Forwarded {
  #trustsAll = false
  #trustsUnix = false
  #addresses = new net.BlockList()
  // The property of a socket that caches whether its peer is trusted.
  #key = Symbol('trusted')
  /** The list as configured. */
  list

  /** @param {string} list comma-separated addresses and networks; `*` for all, `unix:` for Unix sockets. */
  constructor(list) {
    this.list = list
    for (const item of itemsOf(list)) {
      if (item === '*') this.#trustsAll = this.#trustsUnix = true
      else if (item === 'unix:') this.#trustsUnix = true
      else this.#add(item)
    }
  }

  /**
   * Changes a request's connection facts to those that a trusted proxy reports.
   *
   * @param {object} req of node:http or node:http2.
   * @param {string[]} [rawHeaders] its headers, if a middleware has changed them.
   */
  apply(req, rawHeaders = req.rawHeaders) {
    const { socket = {} } = req
    socket[this.#key] ??= socket.remoteAddress === undefined ? this.#trustsUnix : this.trusts(socket.remoteAddress)
    if (!socket[this.#key]) return
    let addresses = null
    let scheme = null
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const { length } = rawHeaders[i]
      if (length === 15 && rawHeaders[i].toLowerCase() === 'x-forwarded-for') {
        addresses = addresses === null ? rawHeaders[i + 1] : `${addresses},${rawHeaders[i + 1]}`
      } else if (length === 17 && rawHeaders[i].toLowerCase() === 'x-forwarded-proto') {
        scheme = rawHeaders[i + 1].trim().toLowerCase()
      }
    }
    const client = addresses === null ? null : this.clientAmong(addresses)
    const isSecure = SECURE.get(scheme)
    if (client === null && isSecure === undefined) return
    const connection = { ...connectionOf(socket) }
    if (client !== null) [connection.clientHost, connection.clientPort] = client
    if (isSecure !== undefined) connection.scheme = isSecure ? 'https' : 'http'
    req[kConnection] = connection
  }

  /**
   * Finds the client in `X-Forwarded-For`. Each proxy appends its client, so it is the last address that is not a trusted
   * proxy, or the first if all are.
   *
   * @param {string} list
   * @returns {[host: string, port: number] | null} the port is 0 if there is none; `null` for an empty list.
   */
  clientAmong(list) {
    const items = list.split(',').map((each) => each.trim()).filter((each) => each !== '')
    for (let i = items.length - 1; i >= 0; i--) {
      const client = addressOf(items[i])
      if (i === 0 || !this.trusts(client[0])) return client
    }
    return null
  }

  /** Whether an address is trusted. */
  trusts(address) {
    if (this.#trustsAll) return true
    const version = net.isIP(address)
    return version !== 0 && this.#addresses.check(address, version === 6 ? 'ipv6' : 'ipv4')
  }

  #add(item) {
    const [address, bits] = item.split('/')
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) this.#addresses.addAddress(address, family)
    else this.#addresses.addSubnet(address, Number(bits), family)
  }
}

/** Splits `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`. Other texts are kept. */
function addressOf(text) {
  const match = /^\[([^\]]*)\](?::(\d+))?$/.exec(text) ?? /^([^:]*):(\d+)$/.exec(text)
  if (match === null) return [text, 0]
  const port = Number(match[2] ?? 0)
  return [match[1], port <= 65535 ? port : 0]
}

/**
 * Returns the client of a request, after `Forwarded` was applied.
 *
 * @param {object} req
 * @returns {string} address and port; empty if the client has no address.
 */
function clientOf(req) {
  const { clientHost, clientPort } = req[kConnection] ?? connectionOf(req.socket)
  if (clientHost === '') return ''
  return `${net.isIPv6(clientHost) ? `[${clientHost}]` : clientHost}:${clientPort}`
}

module.exports = { Forwarded, clientOf }

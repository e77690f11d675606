'use strict'

const fs = require('node:fs')
const net = require('node:net')

/**
 * Tries the hosts one after the other, as a machine may have no IPv6.
 *
 * @template Result
 * @param {string[]} hosts addresses; at least one.
 * @param {(host: string) => Result} listen throws the system's error where it cannot.
 * @returns {Result} of the first host that can be had.
 * @throws {Error} of the last host, or of one whose address is taken or forbidden.
 */
function atFirstOf([host, ...others], listen) {
  try {
    return listen(host)
  } catch (error) {
    if (others.length === 0 || error.code === 'EADDRINUSE' || error.code === 'EACCES') throw error
    return atFirstOf(others, listen)
  }
}

/**
 * Says where a socket listens.
 *
 * @param {{ address: string, port: number }} socket as the addon has it: an address in digits, or the path of a Unix socket.
 * @returns {string | import('node:net').AddressInfo | null} as `net.Server` says it; null for a Unix socket without a path.
 */
function addressOf({ address, port }) {
  const version = net.isIP(address)
  return version === 0 ? address || null : { address, family: `IPv${version}`, port }
}

/**
 * Lets more users read from a Unix socket or write to it.
 *
 * @param {string} path
 * @param {number} mode bits that are added.
 */
function permit(path, mode) {
  fs.chmodSync(path, fs.statSync(path).mode | mode)
}

module.exports = { addressOf, atFirstOf, permit }

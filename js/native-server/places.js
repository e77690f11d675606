'use strict'

const fs = require('node:fs')
const net = require('node:net')

/**
 * Tries to listen on hosts one after the other, because a machine may have no IPv6.
 *
 * @template Result
 * @param {string[]} hosts addresses; at least one.
 * @param {(host: string) => Result} listen throws the system's error if it fails.
 * @returns {Result} of the first host that works.
 * @throws {Error} of the last host, or of one whose address is in use or forbidden.
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
 * Converts a socket's address to the form of `net.Server`.
 *
 * @param {{ address: string, port: number }} socket from the addon: a numeric address, or the path of a Unix socket.
 * @returns {string | import('node:net').AddressInfo | null} null for a Unix socket without a path.
 */
function addressOf({ address, port }) {
  const version = net.isIP(address)
  return version === 0 ? address || null : { address, family: `IPv${version}`, port }
}

/**
 * Adds permissions to a Unix socket.
 *
 * @param {string} path
 * @param {number} mode bits to add.
 */
function permit(path, mode) {
  fs.chmodSync(path, fs.statSync(path).mode | mode)
}

module.exports = { addressOf, atFirstOf, permit }

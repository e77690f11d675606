'use strict'

const net = require('node:net')

/**
 * Finds what is no address in a list of proxies, as Forwarded takes it.
 *
 * @param {string} list
 * @returns {string | undefined} the first item that is neither an address nor a network, `*` or `unix:`.
 */
function wrongAddress(list) {
  return list.split(',').map((each) => each.trim()).find((item) => {
    const [address, bits, ...rest] = item.split('/')
    const version = net.isIP(address)
    const isNetwork = bits !== undefined
    const isBits = isNetwork && /^\d+$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32) && rest.length === 0
    return !(item === '' || item === '*' || item === 'unix:' || (version !== 0 && (!isNetwork || isBits)))
  })
}

module.exports = { wrongAddress }

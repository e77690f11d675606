'use strict'

const net = require('node:net')

/** Gives the items of a list of proxies. */
function itemsOf(list) {
  return list.split(',').map((each) => each.trim()).filter((each) => each !== '')
}

/**
 * Finds what is no address in a list of proxies, as Forwarded takes it.
 *
 * @param {string} list
 * @returns {string | undefined} the first item that is neither an address nor a network, `*` or `unix:`.
 */
function wrongAddress(list) {
  return itemsOf(list).find((item) => {
    const [address, bits, ...rest] = item.split('/')
    const version = net.isIP(address)
    const isNetwork = bits !== undefined
    const isBits = isNetwork && /^\d+$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32) && rest.length === 0
    return !(item === '*' || item === 'unix:' || (version !== 0 && (!isNetwork || isBits)))
  })
}

/** What an option for proxies may be, for messages. */
const PROXIES = 'addresses, networks as 10.0.0.0/8, * or unix:'

/**
 * Reads an option for proxies.
 *
 * @param {any} option a list with commas between its items, or an array of them.
 * @returns {string | undefined} the list with commas; undefined for what is none.
 */
function proxiesOf(option) {
  const isList = Array.isArray(option) && option.every((each) => typeof each === 'string')
  const list = isList ? option.join(',') : option
  return typeof list === 'string' && wrongAddress(list) === undefined ? list : undefined
}

module.exports = { PROXIES, itemsOf, proxiesOf, wrongAddress }

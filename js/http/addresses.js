'use strict'

const net = require('node:net')

/** Splits a list of proxies. */
function itemsOf(list) {
  return list.split(',').map((each) => each.trim()).filter((each) => each !== '')
}

/**
 * Finds the first invalid item in a list of proxies.
 *
 * @param {string} list
 * @returns {string | undefined} an item that is neither an address nor a network, `*` or `unix:`.
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

/** The valid values of an option for proxies, for messages. */
const PROXIES = 'addresses, networks like 10.0.0.0/8, * or unix:'

/**
 * Reads an option for proxies.
 *
 * @param {any} option a comma-separated list, or an array.
 * @returns {string | undefined} the comma-separated list; undefined if the option is invalid.
 */
function proxiesOf(option) {
  const isList = Array.isArray(option) && option.every((each) => typeof each === 'string')
  const list = isList ? option.join(',') : option
  return typeof list === 'string' && wrongAddress(list) === undefined ? list : undefined
}

module.exports = { PROXIES, itemsOf, proxiesOf, wrongAddress }

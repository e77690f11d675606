'use strict'

/** What a server has to have that only node:http has, by the option that asks for it. */
const NEEDS_NODE = {
  '--ssl-certfile': ({ sslCertfile }) => sslCertfile !== null,
  '--reload': ({ reload }) => reload,
}

/**
 * Tells why the native server cannot serve with these settings.
 *
 * @param {object} settings of `parse`.
 * @returns {string | null} the option that it does not have.
 */
function whyNode(settings) {
  return Object.keys(NEEDS_NODE).find((name) => NEEDS_NODE[name](settings)) ?? null
}

/**
 * Tells whether the native server reads and writes HTTP, and not node:http.
 *
 * @param {object} settings of `parse`.
 * @returns {boolean}
 */
function isNative(settings) {
  return settings.http !== 'node' && whyNode(settings) === null
}

/**
 * Says for the log what reads and writes HTTP.
 *
 * @param {object} settings of `parse`.
 * @returns {string}
 */
function httpWay(settings) {
  if (isNative(settings)) return 'native threads'
  return settings.http === 'node' ? 'node:http' : `node:http for ${whyNode(settings)}`
}

module.exports = { httpWay, isNative, whyNode }

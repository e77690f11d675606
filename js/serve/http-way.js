'use strict'

/** Options that need node:http, with checks whether they are set. */
const NEEDS_NODE = {
  '--ssl-certfile': ({ sslCertfile }) => sslCertfile !== null,
}

/**
 * Finds an option that prevents the use of the native server.
 *
 * @param {object} settings of `parse`.
 * @returns {string | null} the option.
 */
function whyNode(settings) {
  return Object.keys(NEEDS_NODE).find((name) => NEEDS_NODE[name](settings)) ?? null
}

/**
 * Whether the native server is used instead of node:http.
 *
 * @param {object} settings of `parse`.
 * @returns {boolean}
 */
function isNative(settings) {
  return settings.http !== 'node' && whyNode(settings) === null
}

/**
 * Describes the HTTP server for the log.
 *
 * @param {object} settings of `parse`.
 * @returns {string}
 */
function httpWay(settings) {
  if (isNative(settings)) return 'native threads'
  return settings.http === 'node' ? 'node:http' : `node:http for ${whyNode(settings)}`
}

module.exports = { httpWay, isNative, whyNode }

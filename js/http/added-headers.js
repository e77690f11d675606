'use strict'

/** Headers of one connection or one message, which only the server can set. */
const NOT_ADDED = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Whether a header of this name can be added to every response.
 *
 * @param {string} name
 * @returns {boolean}
 */
function isAddable(name) {
  return !NOT_ADDED.has(name.toLowerCase())
}

module.exports = { isAddable }

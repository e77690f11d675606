'use strict'

/** Headers that belong to one connection or one message: the server says them, or it breaks its own answers. */
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
 * Tells whether a server may add a header of that name to every response.
 *
 * @param {string} name
 * @returns {boolean}
 */
function isAddable(name) {
  return !NOT_ADDED.has(name.toLowerCase())
}

module.exports = { isAddable }

'use strict'

/** Names of which Node's documentation says that node:http keeps the first line of a request and drops the others. */
const SINGLE = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** Headers that node:http2 refuses to send twice, of any version. */
const SENT_ONCE = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
])

/** Names of which node:http2 keeps one line of a request. */
const SINGLE_HTTP2 = new Set([':authority', ':method', ':path', ':protocol', ':scheme', ...SENT_ONCE])

/**
 * Tells whether node:http2 sends a header only once.
 *
 * @param {string} name in lower case.
 * @returns {boolean}
 */
function isSentOnce(name) {
  return SENT_ONCE.has(name)
}

module.exports = { SINGLE, SINGLE_HTTP2, isSentOnce }

'use strict'

/** Request headers of which node:http keeps only the first line, by its documentation. */
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

/** Headers that some version of node:http2 refuses to send twice. */
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

/** Request headers of which node:http2 keeps only one line. */
const SINGLE_HTTP2 = new Set([':authority', ':method', ':path', ':protocol', ':scheme', ...SENT_ONCE])

/**
 * Whether node:http2 sends a header only once.
 *
 * @param {string} name in lower case.
 * @returns {boolean}
 */
function isSentOnce(name) {
  return SENT_ONCE.has(name)
}

module.exports = { SINGLE, SINGLE_HTTP2, isSentOnce }

'use strict'

const { takesList, writeHeadBesideOwn } = require('./own-headers')
const {
  acceptsTrailers,
  checkFinal,
  declaredLength,
  grouped,
  readHead,
  responseHeaders,
  responseHeadersHTTP2,
} = require('./wire')

/** Whether the client waits with the body until it is told that somebody wants it. */
function awaitsContinue(req, res) {
  // Node keeps it on a response of HTTP/1: a request has to be looked through.
  if (res.stream === undefined) return res._expect_continue === true && res._sent100 === false
  return req.headers.expect === '100-continue' && !res.stream.sentInfoHeaders?.some(isContinue)
}

function isContinue(headers) {
  return headers[':status'] === 100
}

/** Writes a hint, where it can still be one. @param {object} head a Head */
function writeEarlyHints(res, head) {
  if (typeof res.writeEarlyHints !== 'function' || res.headersSent) return
  try {
    res.writeEarlyHints(objectOf(res, head))
  } catch (error) {
    // Node reads Link headers strictly. A hint that it refuses is not worth the response.
    process.emitWarning(error)
  }
}

/**
 * Writes the head of a response.
 *
 * @param {object} req
 * @param {object} res
 * @param {number} status
 * @param {object} head a Head
 * @returns {number | null} the bytes that its body has to have; null where it does not say.
 * @throws {Error} what Node, a middleware's function or checkFinal says against it.
 */
function writeHead(req, res, status, head) {
  checkFinal(status)
  const isHTTP2 = res.stream !== undefined
  const { list, length } = read(head, isHTTP2, req.method === 'HEAD')
  // Node sends a flat list as it is: order and duplicates stay.
  if (!isHTTP2 && takesList(res)) res.writeHead(status, list)
  else writeHeadBesideOwn(res, status, list)
  return length
}

function read(head, isHTTP2, isHEAD) {
  if (!isHTTP2 && !isHEAD) return readHead(head)
  const list = isHTTP2 ? responseHeadersHTTP2(head) : responseHeaders(head, true)
  // Nothing follows the head of a response to HEAD, whatever it declares.
  return { list, length: isHEAD ? null : declaredLength(list) }
}

/** Adds trailers, where there are some and the client takes them. @param {object} trailers a Head */
function writeTrailers(req, res, trailers) {
  if (trailers.size > 0 && acceptsTrailers(req.rawHeaders ?? [])) res.addTrailers(objectOf(res, trailers))
}

function objectOf(res, head) {
  return Object.fromEntries(
    grouped(res.stream === undefined ? responseHeaders(head, false) : responseHeadersHTTP2(head)),
  )
}

module.exports = { awaitsContinue, writeEarlyHints, writeHead, writeTrailers }

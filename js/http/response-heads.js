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

/** Whether the client waits for `100 Continue` before it sends the body. */
function awaitsContinue(req, res) {
  // Node has the answer on the response, without a search in the headers.
  if (res.stream === undefined) return res._expect_continue === true && res._sent100 === false
  return req.headers.expect === '100-continue' && !res.stream.sentInfoHeaders?.some(isContinue)
}

function isContinue(headers) {
  return headers[':status'] === 100
}

/** Sends 103 Early Hints unless the response has begun. @param {object} head a Head */
function writeEarlyHints(res, head) {
  if (typeof res.writeEarlyHints !== 'function' || res.headersSent) return
  try {
    res.writeEarlyHints(objectOf(res, head))
  } catch (error) {
    // Node validates Link headers strictly. An invalid hint must not fail the response.
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
 * @returns {number | null} the declared length of its body in bytes, or null.
 * @throws {Error} from Node, a middleware or checkFinal.
 */
function writeHead(req, res, status, head) {
  checkFinal(status)
  const isHTTP2 = res.stream !== undefined
  const { list, length } = read(head, isHTTP2, req.method === 'HEAD')
  // Node keeps the order and duplicates of a flat list.
  if (!isHTTP2 && takesList(res)) res.writeHead(status, list)
  else writeHeadBesideOwn(res, status, list)
  return length
}

function read(head, isHTTP2, isHEAD) {
  if (!isHTTP2 && !isHEAD) return readHead(head)
  const list = isHTTP2 ? responseHeadersHTTP2(head) : responseHeaders(head, true)
  // A HEAD response has no body, even if it declares a length.
  return { list, length: isHEAD ? null : declaredLength(list) }
}

/** Adds the trailers if the client accepts them. @param {object} trailers a Head */
function writeTrailers(req, res, trailers) {
  if (trailers.size > 0 && acceptsTrailers(req.rawHeaders ?? [])) res.addTrailers(objectOf(res, trailers))
}

function objectOf(res, head) {
  return Object.fromEntries(
    grouped(res.stream === undefined ? responseHeaders(head, false) : responseHeadersHTTP2(head)),
  )
}

module.exports = { awaitsContinue, writeEarlyHints, writeHead, writeTrailers }

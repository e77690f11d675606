'use strict'

const { UNKNOWN, bodyLength, endSoon } = require('../http/wire')

const TEXT = 'Content Too Large'

/**
 * Limits the size of a request's body. A larger content-length is refused at once. A body that turns out to be larger ends
 * the connection, with a refusal if no response has begun.
 *
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 * @param {number} limit bytes.
 * @returns {boolean} false if it was refused.
 */
function limitBody(req, res, limit) {
  const length = bodyLength(req.rawHeaders)
  if (length > limit) {
    res.shouldKeepAlive = false
    res.writeHead(413, { 'content-type': 'text/plain; charset=utf-8', 'content-length': TEXT.length })
    res.end(TEXT)
    return false
  }
  if (length === UNKNOWN) countBody(req, res, limit)
  return true
}

function countBody(req, res, limit) {
  const { push } = req
  let left = limit
  req.push = (chunk, encoding) => {
    if (left < 0) return false
    if (chunk !== null) left -= chunk.length
    if (left >= 0) return push.call(req, chunk, encoding)
    const { socket } = req
    if (socket._httpMessage === res && !res.headersSent && socket.writable) {
      socket.write(`HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\n\r\n${TEXT}`)
      endSoon(socket)
    } else {
      socket.destroy()
    }
    return false
  }
}

module.exports = { limitBody }

'use strict'

/** Responds to a request for the health path. */
function answerHealth(req, res, isServing) {
  send(req, res, isServing ? 200 : 503, isServing ? 'ok' : 'closing', { 'cache-control': 'no-store' })
}

/** Responds to a request for an unknown path. */
function answerNotFound(req, res) {
  send(req, res, 404, 'Not Found', {})
}

function send(req, res, status, text, headers) {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length, ...headers })
  res.end(req.method === 'HEAD' ? undefined : text)
}

module.exports = { answerHealth, answerNotFound }

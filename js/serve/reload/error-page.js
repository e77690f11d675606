'use strict'

const { errorAnswer } = require('../../error-page')
const { createServer } = require('../protocols')

/**
 * Makes a server that answers every request with status 500 and the reason why the app did not start.
 *
 * @param {object} settings of `parse`.
 * @param {import('../failure').ServeFailure} failure
 * @returns {import('node:net').Server} it does not listen yet.
 */
function createErrorPage(settings, failure) {
  return createServer(settings, (req, res) => {
    const { headers, text } = errorAnswer(failure, req)
    // Closes the connection, so that the client's next request reaches the next worker.
    if (req.httpVersionMajor === 1) res.shouldKeepAlive = false
    req.resume()
    res.writeHead(500, { ...headers, 'content-length': Buffer.byteLength(text) })
    res.end(req.method === 'HEAD' ? undefined : text)
  })
}

module.exports = { createErrorPage }

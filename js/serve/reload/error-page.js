'use strict'

const { errorAnswer } = require('../../error-page')
const { createServer } = require('../protocols')

/**
 * Makes the server that answers while there is no app: every request with status 500 and why the app did not start.
 *
 * @param {object} settings those of the command.
 * @param {import('../failure').ServeFailure} failure
 * @returns {import('node:net').Server} which does not listen.
 */
function createErrorPage(settings, failure) {
  return createServer(settings, (req, res) => {
    const { headers, text } = errorAnswer(failure, req)
    // The next request of this client is for the next worker.
    if (req.httpVersionMajor === 1) res.shouldKeepAlive = false
    req.resume()
    res.writeHead(500, { ...headers, 'content-length': Buffer.byteLength(text) })
    res.end(req.method === 'HEAD' ? undefined : text)
  })
}

module.exports = { createErrorPage }

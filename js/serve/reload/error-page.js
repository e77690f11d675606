'use strict'

const { createServer } = require('../protocols')

/**
 * Makes the server that answers while there is no app: every request with status 500 and why the app did not start.
 *
 * @param {object} settings those of the command.
 * @param {{ message: string, details: string[] }} failure
 * @returns {import('node:net').Server} which does not listen.
 */
function createErrorPage(settings, { message, details }) {
  const text = Buffer.from([message, '', ...details, ''].join('\n'))
  return createServer(settings, (req, res) => {
    // The next request of this client is for the next worker.
    if (req.httpVersionMajor === 1) res.shouldKeepAlive = false
    req.resume()
    res.writeHead(500, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': text.length,
      'cache-control': 'no-store',
    })
    res.end(req.method === 'HEAD' ? undefined : text)
  })
}

module.exports = { createErrorPage }

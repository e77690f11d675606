'use strict'

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { listen } = require('../support')
const { docroot, open, settled } = require('../fuzz/world')

/**
 * Serves one of Fixtures/fuzz until the end of the test, when nothing may be left of its requests.
 *
 * @param {object} t the test.
 * @param {string} name
 * @param {object} [options] the handler's; `server` is for node:http.
 * @returns {Promise<{ handler: object, server: object, port: number }>}
 */
async function serveHostile(t, name, { server: serverOptions = {}, ...options } = {}) {
  const handler = open(name, options)
  handler.on('error', () => undefined)
  const server = http.createServer(serverOptions, handler.listener)
  server.on('upgrade', handler.upgrade)
  t.after(async () => {
    server.closeAllConnections()
    await settled([handler])
    await handler.close()
  })
  const port = await listen(t, server)
  return { handler, server, port }
}

/** A path of does_harm with what the app is to do. */
function target(path, query = {}) {
  return `${encodeURI(path)}?${Buffer.from(JSON.stringify(query)).toString('base64url')}==`
}

/**
 * Writes octets and gives all that comes back until the connection is closed.
 *
 * @param {number} port
 * @param {string | Buffer} text latin-1.
 * @param {{ ends?: boolean }} [options] whether the client says that nothing more comes.
 * @returns {Promise<string>} latin-1.
 */
async function exchange(port, text, { ends = false } = {}) {
  const socket = net.connect(port, '127.0.0.1')
  const chunks = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // What the server gives up it may reset.
  socket.on('error', () => undefined)
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1')
  if (ends) socket.end(bytes)
  else socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

/** The lines of a request for a WebSocket. */
function handshake(path, headers = []) {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '',
    '',
  ].join('\r\n')
}

module.exports = { docroot, exchange, handshake, serveHostile, target }

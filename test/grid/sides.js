'use strict'

const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { WebSocket } = require('ws')
const { PythonHandler } = require('../..')
const { RawClient, valueOf } = require('../frameworks/client')
const { follow } = require('../websocket/support')
const { startUvicorn: serveWithUvicorn } = require('../uvicorn')

const root = path.join(__dirname, '..', '..')
const docroot = path.join(root, 'Fixtures', 'grid')

/** Serves an app with uvicorn: see startUvicorn. `journal` is the file that the app writes to. */
function startUvicorn(target, settings = {}, journal) {
  return serveWithUvicorn(docroot, target, { timeout_graceful_shutdown: 5, ...settings }, { GRID_JOURNAL: journal })
}

/**
 * Serves an app with node:http, the listener and upgrade, in this process.
 *
 * @param {string} target `'module:attribute'`
 * @param {object} [options] of the handler.
 * @param {string} journal the file that the app writes to.
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
async function startNode(target, options = {}, journal) {
  process.env.GRID_JOURNAL = journal
  const handler = new PythonHandler(target, { docroot, ...options })
  // The apps fail on purpose after some responses.
  handler.on('error', () => {})
  await handler.ready()
  // Like uvicorn here, it closes no connection for being idle.
  const server = http.createServer({ keepAliveTimeout: 0 }, handler.listener)
  server.on('upgrade', handler.upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.close()
    await handler.close()
    server.closeAllConnections()
  }
  return { port: server.address().port, stop }
}

/** One of the two servers, and what it has answered. */
class Side {
  #server
  #client
  #other = null
  #isStopped = false
  /** The last answer, for the next step. */
  last = null

  /** @param {{ port: number, stop: () => Promise<void> }} server */
  constructor(server) {
    this.#server = server
    this.#client = new RawClient(server.port)
  }

  /** Does a step of a test; gives null when it is not for comparing. */
  async take(step) {
    if (step.begin !== undefined) {
      this.#other = new RawClient(this.#server.port)
      await this.#other.begin(step.begin, step.until)
      return null
    }
    if (step.leave === true) {
      this.#other.destroy()
      this.#other = null
      return null
    }
    const request = typeof step === 'function' ? step(this.last) : step
    if (request.websocket !== undefined) {
      this.last = await converse(this.#server.port, request)
      return { request, answer: this.last }
    }
    const answer = await this.#client.send(request)
    if (request.failsLate) this.#client.destroy()
    this.last = { ...answer, header: (name) => valueOf(answer.headers, name), cookies: () => cookiesOf(answer) }
    return { request, answer }
  }

  /** Stops the server, once. */
  async stop() {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#client.destroy()
    this.#other?.destroy()
    await this.#server.stop()
  }
}

/** The cookies that an answer sets, as a request sends them back. */
function cookiesOf({ headers }) {
  const values = headers.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value)
  return ['Cookie', values.map((value) => value.split(';')[0]).join('; ')]
}

/**
 * Opens a WebSocket and talks over it until it is closed.
 *
 * @param {number} port of 127.0.0.1
 * @param {object} talk
 * @param {string} talk.websocket the path.
 * @param {string[]} [talk.protocols] the subprotocols to offer.
 * @param {object} [talk.headers] more headers of the handshake.
 * @param {(string | Buffer | null)[]} [talk.steps] a string is sent as text, a Buffer as binary, `null` waits for a
 *   message.
 * @param {[code?: number, reason?: string]} [talk.leave] closes with these after the steps; else the app is to close.
 * @returns {Promise<object>} `{ status, headers, protocol, messages, code, reason }`, or `{ status, headers, body }`
 *   where the handshake was refused.
 */
async function converse(port, { websocket, protocols = [], headers = {}, steps = [], leave }) {
  const options = { perMessageDeflate: false, headers: { Host: 'example.test', ...headers } }
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}${websocket}`, protocols, options)
  const { messages, upgraded, opened, closed, refused } = follow(webSocket)
  const refusal = await Promise.race([refused, opened.then(() => null)])
  if (refusal !== null) {
    return { status: refusal.status, headers: pairs(refusal.response.rawHeaders), body: refusal.body }
  }
  try {
    const taken = []
    for (const step of steps) {
      if (step !== null) webSocket.send(step)
      else if (!await holds(webSocket, messages, taken.length + 1)) break
      else taken.push(messages[taken.length])
    }
    if (leave !== undefined) webSocket.close(...leave)
    const response = await upgraded
    const { code, reason } = await closed
    const { protocol } = webSocket
    return { status: response.statusCode, headers: pairs(response.rawHeaders), protocol, messages, code, reason }
  } finally {
    webSocket.terminate()
  }
}

/** Waits until there are that many messages; returns whether they came before the end. */
async function holds(webSocket, messages, count) {
  while (messages.length < count && webSocket.readyState === WebSocket.OPEN) {
    await new Promise((resolve) => {
      const settle = () => {
        webSocket.off('message', settle)
        webSocket.off('close', settle)
        resolve()
      }
      webSocket.on('message', settle)
      webSocket.on('close', settle)
    })
  }
  return messages.length >= count
}

/** Names and values of headers, from a list of both. */
function pairs(rawHeaders) {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : []))
}

module.exports = { Side, startNode, startUvicorn }

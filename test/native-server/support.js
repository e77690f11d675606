'use strict'

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { openApp, send } = require('../support')

/**
 * Serves an app with a server of its handler, until the end of the test.
 *
 * @param {object} t the test.
 * @param {string} name one of Fixtures/apps.
 * @param {object} [more]
 * @param {object} [more.options] of `createServer`.
 * @param {Function | http.Server} [more.requestListener]
 * @param {object} [more.handlerOptions]
 * @returns {Promise<object>} `handler`, `server`, `port`; `ask(path, options)` sends a request over the one connection that
 *   it keeps open, and gives the response with its `text`.
 */
async function serveNatively(t, name, { options, requestListener, handlerOptions } = {}) {
  const handler = openApp(t, name, handlerOptions)
  const server = handler.createServer(options, requestListener)
  const port = await listening(t, server)
  return { handler, server, port, ask: client(t, port) }
}

/** Makes a server listen on a free port until the end of the test; returns the port. */
async function listening(t, server) {
  t.after(() => closed(server))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** Closes a server with all its connections. */
async function closed(server) {
  if (!server.listening) return
  const end = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await end
}

/** Makes the function that sends requests over one connection. */
function client(t, port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  return async (path, more) => {
    const response = await send({ port, path, agent, ...more })
    return { ...response, text: response.body.toString() }
  }
}

/** Opens a connection that is written by hand. */
function connect(t, port) {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  return new Wire(socket)
}

/** The data of a connection, read up to a text or to its end. */
class Wire {
  #text = ''
  #hasEnded = false
  #wake = () => undefined

  constructor(socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text) => {
      this.#text += text
      this.#wake()
    })
    for (const name of ['end', 'close']) {
      socket.on(name, () => {
        this.#hasEnded = true
        this.#wake()
      })
    }
  }

  write(text) {
    this.socket.write(text, 'latin1')
  }

  /** Waits for a text and returns the data up to its end. */
  async until(text) {
    let at
    while ((at = this.#text.indexOf(text)) === -1) {
      if (this.#hasEnded) throw new Error(`the connection has ended with ${JSON.stringify(this.#text)}`)
      await new Promise((resolve) => (this.#wake = resolve))
    }
    const read = this.#text.slice(0, at + text.length)
    this.#text = this.#text.slice(at + text.length)
    return read
  }

  /** Returns all data until the server closes its side. */
  async rest() {
    while (!this.#hasEnded) await new Promise((resolve) => (this.#wake = resolve))
    return this.#text
  }
}

module.exports = { client, closed, connect, listening, serveNatively }

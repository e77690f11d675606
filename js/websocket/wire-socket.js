'use strict'

const { core } = require('../binding')
const { Denial, kAdditions } = require('./denial')
const { EarlyBytes } = require('./early-bytes')
const { ABNORMAL, OpenSocket, kSocket } = require('./open-socket')
const { isConnectionHeader, responseHeaders } = require('../http/wire')

const { create } = core.errors

const INTERNAL_ERROR = 1011
const SERVICE_RESTART = 1012

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/

/**
 * A WebSocket of a Node server, from the handshake, which waits for the app, to the open socket or the HTTP response with
 * which the app refuses it.
 */
class WireSocket extends OpenSocket {
  #owner
  #network
  // Until the response to the handshake: the request, and the function of `ws` that completes it.
  #req
  #proceed = null
  #early = null
  #subprotocol = ''
  #head = core.NO_HEAD
  #denial = null

  /**
   * @param {object} application
   * @param {import('./heartbeat').Heartbeat} heartbeat watches the socket once it is open.
   * @param {import('node:http').IncomingMessage} req
   * @param {import('node:net').Socket} network
   */
  constructor(application, heartbeat, req, network) {
    super(heartbeat, network)
    this.#owner = application
    this.#req = req
    this.#network = network
  }

  // Called for `ws`.

  /** The handshake is valid. Data that the client sends from now on waits for the app's decision. */
  wait(proceed) {
    const network = this.#network
    this.#proceed = proceed
    network[kSocket] = this
    network.on('drain', onDrain)
    // A client that has closed its sending side can still read the denial.
    this.#early = new EarlyBytes(network, () => this.#denial ?? this.#drop(), () => this.#drop())
  }

  /** The subprotocol for the handshake. `ws` asks if the client has offered any. */
  get subprotocol() {
    return this.#subprotocol === '' ? false : this.#subprotocol
  }

  /** Adds the headers of the server and of the app to the handshake. */
  addHeaders(lines) {
    add(lines, this.#req[kAdditions]?.headers ?? [])
    add(lines, responseHeaders(this.#head, false))
  }

  // Called by the core.

  onAccept(subprotocol, head) {
    const network = this.#network
    if (this.isOver || network.destroyed) return
    if (!token.test(subprotocol)) {
      // `ws` would write it into the handshake unchecked.
      this.abort()
      this.onFail(
        create(
          'ERR_ASGI_INVALID_HEADER_VALUE',
          `Invalid subprotocol: expected a token, got ${JSON.stringify(subprotocol)}`,
        ),
      )
      return
    }
    const proceed = this.#proceed
    this.#subprotocol = subprotocol
    this.#head = head
    this.#early.restore()
    // Header values are bytes as Latin-1 characters, and `ws` writes the handshake in the default encoding.
    network.setDefaultEncoding('latin1')
    proceed(true)
    network.setDefaultEncoding('utf8')
    this.#req = this.#proceed = this.#early = null
    this.#head = core.NO_HEAD
    if (this.isConnected) network.resume()
    else this.#drop()
  }

  onClose(code, reason) {
    if (this.isOver) return
    if (this.isConnected) this.closeWith(code, reason)
    else this.#refuse(403)
  }

  onStart(status, head) {
    if (!this.isOver) this.#deny().start(status, head, this.#owner)
  }

  onData(chunk) {
    if (this.#denial !== null) this.written(chunk.length, this.#denial.write(chunk))
  }

  onEnd() {
    if (this.isOver) return
    this.settle()
    this.#denial.end()
  }

  onFail(error) {
    if (this.isOver) return
    if (this.isConnected) {
      this.closeWith(INTERNAL_ERROR, '')
      this.#owner.report(error)
    } else if (this.#denial !== null) {
      this.settle()
      this.#denial.cut()
      this.#owner.report(error)
    } else {
      this.settle()
      this.#deny().fail(error, this.#owner)
    }
  }

  /** `ws`, or one of its listeners, threw: closes the connection. */
  onBroken(error) {
    this.#owner.report(error)
    this.#drop()
  }

  onShutdown() {
    if (this.isOver) return
    if (this.isConnected) this.closeWith(SERVICE_RESTART, '')
    else this.#refuse(503)
  }

  #refuse(status) {
    this.settle()
    if (this.#denial === null) this.#deny().refuse(status)
    else this.#denial.cut()
  }

  /** Refuses the handshake with an HTTP response. Data from the client is dropped. */
  #deny() {
    this.#proceed = null
    this.#early.drop()
    this.#denial = new Denial(this.#req, this.#network)
    return this.#denial
  }

  /** The client disconnected during the handshake. */
  #drop() {
    this.#network.destroy()
    this.closed(ABNORMAL, '')
  }
}

/** Adds headers to the lines of a handshake, except those that belong to the handshake. */
function add(lines, headers) {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i].toLowerCase()
    if (isConnectionHeader(name) || name.startsWith('sec-websocket-') || name === 'content-length') continue
    lines.push(`${headers[i]}: ${headers[i + 1]}`)
  }
}

/** The listener shared by all sockets: `this` is the network socket, which holds the exchange. */
function onDrain() {
  this[kSocket].drained()
}

module.exports = { WireSocket, kSocket }

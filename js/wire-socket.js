'use strict'

const { core } = require('./binding')
const { Denial } = require('./denial')
const { EarlyBytes } = require('./early-bytes')
const { messageCost } = require('./messages')
const { responseHeaders } = require('./wire')

/** Where the exchange is found on its request, its network socket and its WebSocket. */
const kSocket = Symbol('socket')

const ABNORMAL = 1006
const INTERNAL_ERROR = 1011
const SERVICE_RESTART = 1012

/** Bytes of answers to pings that may wait for a client that does not read them. */
const PONG_LIMIT = 65536

// Who does not want to read more.
const APP = 1
const WRITER = 2

/**
 * One WebSocket of a Node server: the handshake that waits for the app, then the messages both ways, or the HTTP response
 * with which the app refuses.
 *
 * Bytes are acknowledged when the network socket has taken them, so a client that does not read holds the app; a client
 * that sends more than the app takes is not read.
 */
class WireSocket extends core.WebSocketExchange {
  #heartbeat
  #owner
  // Until the handshake is answered: the request, and the function of `ws` that answers it.
  #req
  #proceed = null
  #subprotocol = ''
  #head = ''
  #early = null
  #network
  #webSocket = null
  #compresses = false
  #denial = null
  // Nothing more is to be said between the app and the client.
  #isOver = false
  #pausedFor = 0
  // Bytes that wait for the network socket.
  #buffered = 0

  /**
   * @param {object} handler
   * @param {import('./heartbeat').Heartbeat} heartbeat watches the socket once it is open.
   * @param {import('node:http').IncomingMessage} req
   * @param {import('node:net').Socket} network
   */
  constructor(handler, heartbeat, req, network) {
    super()
    this.#owner = handler
    this.#heartbeat = heartbeat
    this.#req = req
    this.#network = network
    this.heardAt = 0
    this.pingedAt = 0
  }

  // From Node and `ws`.

  /** The handshake is well-formed. What the client sends from now on waits for the app's answer. */
  wait(proceed) {
    const network = this.#network
    this.#proceed = proceed
    network[kSocket] = this
    network.on('drain', onDrain)
    // A client that sends nothing more may still read why it was refused.
    this.#early = new EarlyBytes(network, () => this.#denial ?? this.#lose(), () => this.#lose())
  }

  /** What `ws` puts into the handshake when the client has offered subprotocols. */
  get subprotocol() {
    return this.#subprotocol === '' ? false : this.#subprotocol
  }

  /** Puts the app's headers into the handshake. */
  addHeaders(lines) {
    const list = responseHeaders(this.#head, false)
    for (let i = 0; i < list.length; i += 2) {
      // The handshake's own are not the app's to say.
      if (!list[i].startsWith('sec-websocket-')) lines.push(`${list[i]}: ${list[i + 1]}`)
    }
  }

  /** The handshake is answered. */
  connected(webSocket) {
    this.#webSocket = webSocket
    this.#compresses = webSocket.extensions !== ''
    webSocket[kSocket] = this
    webSocket.on('message', onMessage)
    webSocket.on('close', onClose)
    // Always followed by a close.
    webSocket.on('error', ignore)
    webSocket.on('ping', onPing)
    webSocket.on('pong', onPong)
    this.#heartbeat.add(this)
  }

  /** A message of the client. */
  received(data, isBinary) {
    if (!this.#isOver && !this.message(data, !isBinary)) this.#pause(APP)
  }

  /** The client has asked for a sign of life; `ws` has answered. */
  pinged() {
    if (this.#network.writableLength > PONG_LIMIT) this.#pause(WRITER)
  }

  /** The client has given a sign of life. */
  ponged() {
    this.#heartbeat.heard(this)
  }

  /** The WebSocket, or the connection, is closed, or about to be. */
  closed(code, reason) {
    if (this.#isOver) return
    this.#over()
    this.disconnect(code, reason)
  }

  /** The network socket has room again. */
  drained() {
    this.#resume(WRITER)
    const bytes = this.#buffered
    this.#buffered = 0
    if (bytes > 0 && !this.#isOver) this.acknowledge(bytes)
  }

  // From the heartbeat.

  get isPaused() {
    return this.#pausedFor !== 0
  }

  ping() {
    this.#webSocket.ping()
  }

  lose() {
    this.#webSocket.terminate()
    this.closed(ABNORMAL, '')
  }

  // From the core.

  onAccept(subprotocol, head) {
    const network = this.#network
    if (this.#isOver || network.destroyed) return
    this.#subprotocol = subprotocol
    this.#head = head
    this.#early.giveBack()
    this.#early = null
    const proceed = this.#proceed
    this.#proceed = null
    // Header values are bytes: each character is one. `ws` writes the handshake in the default encoding.
    network.setDefaultEncoding('latin1')
    proceed(true)
    network.setDefaultEncoding('utf8')
    this.#req = null
    this.#head = ''
    if (this.#webSocket === null) this.#lose()
    else network.resume()
  }

  onMessage(data, isText) {
    const webSocket = this.#webSocket
    if (this.#isOver || webSocket === null) return
    const cost = messageCost(data)
    if (this.#compresses) {
      // The network socket gets it later, and less of it.
      webSocket.send(data, { binary: !isText }, () => {
        if (!this.#isOver) this.acknowledge(cost)
      })
      return
    }
    webSocket.send(data, isText ? TEXT : BINARY)
    if (this.#network.writableNeedDrain) this.#buffered += cost
    else this.acknowledge(cost)
  }

  onClose(code, reason) {
    if (this.#isOver) return
    if (this.#webSocket === null) this.#refuse(403)
    else this.#close(code, reason)
  }

  onStart(status, head) {
    if (this.#isOver) return
    this.#deny().start(status, head)
  }

  onData(chunk) {
    if (this.#denial === null) return
    if (this.#denial.write(chunk)) this.acknowledge(chunk.length)
    else this.#buffered += chunk.length
  }

  onEnd() {
    if (this.#isOver) return
    this.#isOver = true
    this.#denial.end()
  }

  onFail(error) {
    if (this.#isOver) return
    if (this.#denial !== null) {
      this.#isOver = true
      this.#denial.cut()
      this.#owner.report(error)
    } else if (this.#webSocket !== null) {
      this.#close(INTERNAL_ERROR, '')
      this.#owner.report(error)
    } else {
      this.#isOver = true
      this.#deny().fail(error, this.#owner)
    }
  }

  onDrain() {
    this.#resume(APP)
  }

  onShutdown() {
    if (this.#isOver) return
    if (this.#webSocket === null) this.#refuse(503)
    else this.#close(SERVICE_RESTART, '')
  }

  /** Closes from our side; what the client still sends is nobody's. */
  #close(code, reason) {
    this.#over()
    // The client's answer has to be read.
    this.#resume(APP | WRITER)
    try {
      this.#webSocket.close(code, reason)
    } catch {
      // What the core lets through and `ws` does not.
      this.#webSocket.terminate()
    }
  }

  #refuse(status) {
    this.#isOver = true
    if (this.#denial === null) this.#deny().refuse(status)
    else this.#denial.cut()
  }

  /** The answer to the handshake is an HTTP response. What the client sends meanwhile is read and dropped. */
  #deny() {
    this.#proceed = null
    this.#early.drop()
    this.#denial = new Denial(this.#req, this.#network)
    return this.#denial
  }

  #over() {
    this.#isOver = true
    this.#heartbeat.remove(this)
    this.#proceed = null
  }

  /** The client has left without a word. */
  #lose() {
    this.#network.destroy()
    this.closed(ABNORMAL, '')
  }

  #pause(who) {
    if (this.#pausedFor === 0) this.#webSocket.pause()
    this.#pausedFor |= who
  }

  #resume(who) {
    if ((this.#pausedFor & who) === 0) return
    this.#pausedFor &= ~who
    if (this.#pausedFor !== 0) return
    this.#heartbeat.heard(this)
    this.#webSocket.resume()
  }
}

const TEXT = Object.freeze({ binary: false })
const BINARY = Object.freeze({ binary: true })

// Shared by all sockets: `this` is the network socket or the WebSocket, and the exchange is found on it.

function onDrain() {
  this[kSocket].drained()
}

function onMessage(data, isBinary) {
  this[kSocket].received(data, isBinary)
}

function onClose(code, reason) {
  this[kSocket].closed(code, reason.toString())
}

function onPing() {
  this[kSocket].pinged()
}

function onPong() {
  this[kSocket].ponged()
}

function ignore() {}

module.exports = { WireSocket, kSocket }

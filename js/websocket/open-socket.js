'use strict'

const { core } = require('../binding')
const { messageCost } = require('./messages')

/** Where the exchange is found on its request, its network socket and its WebSocket. */
const kSocket = Symbol('socket')

const ABNORMAL = 1006

/** Bytes of answers to pings that may wait for a client that does not read them. */
const PONG_LIMIT = 65536

// Who does not want to read more.
const APP = 1
const WRITER = 2

const TEXT = Object.freeze({ binary: false })
const BINARY = Object.freeze({ binary: true })

/**
 * A WebSocket of a Node server whose handshake is done: messages both ways.
 *
 * Bytes are acknowledged when the network socket has taken them, so a client that does not read holds the app; a client
 * that sends more than the app takes is not read.
 */
class OpenSocket extends core.WebSocketExchange {
  #heartbeat
  #network
  #webSocket = null
  #compresses = false
  #isOver = false
  #pausedFor = 0
  // Bytes that wait for the network socket.
  #buffered = 0

  /**
   * @param {import('./heartbeat').Heartbeat} heartbeat watches the socket once it is open.
   * @param {import('node:net').Socket} network
   */
  constructor(heartbeat, network) {
    super()
    this.#heartbeat = heartbeat
    this.#network = network
    this.heardAt = 0
    this.pingedAt = 0
  }

  /** Whether the handshake is done. */
  get isConnected() {
    return this.#webSocket !== null
  }

  /** Whether nothing more is to be said between the app and the client. */
  get isOver() {
    return this.#isOver
  }

  // From Node and `ws`.

  /** The handshake is done. */
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
    this.settle()
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
    this.written(cost, !this.#network.writableNeedDrain)
  }

  onDrain() {
    this.#resume(APP)
  }

  // From the handshake.

  /** Bytes were written: the app may go on at once, or when the network socket has room again. */
  written(bytes, hasRoom) {
    if (hasRoom) this.acknowledge(bytes)
    else this.#buffered += bytes
  }

  /** Nothing more is to be said. */
  settle() {
    this.#isOver = true
    this.#heartbeat.remove(this)
  }

  /** Closes from our side; what the client still sends is nobody's. */
  closeWith(code, reason) {
    this.settle()
    // The client's answer has to be read.
    this.#resume(APP | WRITER)
    try {
      this.#webSocket.close(code, reason)
    } catch {
      // What the core lets through and `ws` does not.
      this.#webSocket.terminate()
    }
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

// Shared by all sockets: `this` is the WebSocket, and the exchange is found on it.

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

module.exports = { ABNORMAL, OpenSocket, kSocket }

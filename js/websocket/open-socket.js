'use strict'

const { core } = require('../binding')
const { messageCost } = require('./messages')
const { UnfinishedMessage } = require('./unfinished-message')

/** Where the exchange is found on its request, its network socket and its WebSocket. */
const kSocket = Symbol('socket')

const ABNORMAL = 1006
const POLICY_VIOLATION = 1008

/** What answers to pings may wait for a client that does not read them, each counted as a message. */
const PONG_LIMIT = 65536

/** What is read on, beyond what the app takes, while it is held by a client that does not read; as messages count. */
const AHEAD_LIMIT = 1 << 20

// Who does not want to read more.
const APP = 1
const WRITER = 2

const TEXT = Object.freeze({ binary: false })
const BINARY = Object.freeze({ binary: true })

/**
 * A WebSocket of a Node server whose handshake is done: messages both ways.
 *
 * Bytes are acknowledged when the network socket has taken them, so a client that does not read holds the app; a client
 * that sends more than the app takes is not read. Where both is so, nothing would ever go on: the client is read for a
 * while longer, for its close is what the app has to hear, and then given up when a ping does not come back.
 */
class OpenSocket extends core.WebSocketExchange {
  #heartbeat
  #network
  #webSocket = null
  #unfinished = null
  #compresses = false
  #isOver = false
  #pausedFor = 0
  // Bytes that wait for the network socket.
  #buffered = 0
  // Bytes that wait to be compressed, and then for the network socket.
  #compressing = 0
  // What was read beyond what the app takes.
  #ahead = 0
  // Answers to pings that wait.
  #pongs = 0

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
    this.#unfinished = new UnfinishedMessage(webSocket._receiver, this.application.options.wsMaxPayload)
    // After the listener of `ws`.
    this.#network.on('data', (chunk) => this.#read(chunk.length))
    this.#heartbeat.add(this)
  }

  /** A message of the client. */
  received(data, isBinary) {
    this.#unfinished.end()
    if (this.#isOver || this.message(data, !isBinary)) return
    this.#ahead += messageCost(data)
    if (!this.#readsAhead) this.#pause(APP)
  }

  /** The client has asked for a sign of life; `ws` has answered. */
  pinged(data) {
    if (!this.#network.writableNeedDrain) {
      this.#pongs = 0
      return
    }
    this.#pongs += messageCost(data)
    if (this.#pongs > PONG_LIMIT) this.#pause(WRITER)
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
    this.#pongs = 0
    this.#resume(WRITER)
    const bytes = this.#buffered
    this.#buffered = 0
    if (this.#isOver) return
    // It reads, which is a sign of life where nothing else of it is read.
    if (this.#pausedFor !== 0) this.#heartbeat.heard(this)
    if (bytes > 0) this.acknowledge(bytes)
    // The app can go on, and has its messages to take.
    if (this.blocked) this.#pause(APP)
  }

  // From the heartbeat.

  /** Nobody reads the client's answers, and that is not its own fault. */
  get isPaused() {
    return this.#pausedFor === APP && !this.#holdsApp
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
      this.#compressing += cost
      webSocket.send(data, { binary: !isText }, () => {
        this.#compressing -= cost
        if (!this.#isOver) this.acknowledge(cost)
      })
    } else {
      webSocket.send(data, isText ? TEXT : BINARY)
      this.written(cost, !this.#network.writableNeedDrain)
    }
    if (this.#pausedFor !== 0 && this.#readsAhead) this.#resume(APP)
  }

  onDrain() {
    this.#ahead = 0
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

  /** The app waits in `send()` until the client reads. */
  get #holdsApp() {
    return this.#buffered + this.#compressing > this.application.options.highWaterMark
  }

  get #readsAhead() {
    return this.#ahead <= AHEAD_LIMIT && this.#holdsApp
  }

  /** `ws` has read a chunk of the network. */
  #read(bytes) {
    if (this.#unfinished.grow(bytes)) return
    this.#webSocket.close(POLICY_VIOLATION, 'Too many fragments')
    // What still comes is read and dropped, and the connection ends, as with any frame that `ws` refuses.
    this.#webSocket._receiver.destroy(new RangeError('Too many fragments'))
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

function onPing(data) {
  this[kSocket].pinged(data)
}

function onPong() {
  this[kSocket].ponged()
}

function ignore() {}

module.exports = { ABNORMAL, OpenSocket, kSocket }

'use strict'

const { core } = require('../binding')
const { messageCost } = require('./messages')
const { UnfinishedMessage } = require('./unfinished-message')

/** The property of a request, its network socket and its WebSocket that holds the exchange. */
const kSocket = Symbol('socket')

const ABNORMAL = 1006
const POLICY_VIOLATION = 1008

/** The limit of queued pongs to a client that does not read, counted like messages. */
const PONG_LIMIT = 65536

/** The limit of data read ahead of the app while the client does not read, counted like messages. */
const AHEAD_LIMIT = 1 << 20

// Reasons to pause reading.
const APP = 1
const WRITER = 2

const TEXT = Object.freeze({ binary: false })
const BINARY = Object.freeze({ binary: true })

/**
 * An open WebSocket of a Node server.
 *
 * Backpressure in both directions: bytes are credited when the network socket has accepted them, so the app waits for a
 * client that does not read; and a client that sends more than the app receives is not read. If both happen, they would wait
 * for each other. So the client is read ahead for a while, because it may close, and is dropped when a ping is not answered.
 */
class OpenSocket extends core.WebSocketExchange {
  #heartbeat
  #network
  #webSocket = null
  #unfinished = null
  #compresses = false
  #isOver = false
  #pausedFor = 0
  // Bytes queued in the network socket.
  #buffered = 0
  // Bytes queued for compression.
  #compressing = 0
  // How much was read ahead of the app.
  #ahead = 0
  // Queued pongs.
  #pongs = 0

  /**
   * @param {import('./heartbeat').Heartbeat} heartbeat watches the socket once it is open.
   * @param {import('node:net').Socket} network
   */
  constructor(heartbeat, network) {
    super()
    this.#heartbeat = heartbeat
    this.#network = network
    this.lastPongAt = 0
    this.pingedAt = 0
  }

  /** Whether the handshake is complete. */
  get isConnected() {
    return this.#webSocket !== null
  }

  /** Whether the socket is closed or closing. */
  get isOver() {
    return this.#isOver
  }

  // Called for events of Node and `ws`.

  /** The handshake is complete. */
  connected(webSocket) {
    this.#webSocket = webSocket
    this.#compresses = webSocket.extensions !== ''
    webSocket[kSocket] = this
    webSocket.on('message', onMessage)
    webSocket.on('close', onClose)
    // 'close' always follows.
    webSocket.on('error', ignore)
    webSocket.on('ping', onPing)
    webSocket.on('pong', onPong)
    this.#unfinished = new UnfinishedMessage(webSocket._receiver, this.application.options.wsMaxPayload)
    // Runs after the listener of `ws`.
    this.#network.on('data', (chunk) => this.#read(chunk.length))
    this.#heartbeat.add(this)
  }

  /** A message from the client. */
  received(data, isBinary) {
    this.#unfinished.end()
    if (this.#isOver || this.message(data, !isBinary)) return
    this.#ahead += messageCost(data)
    if (!this.#readsAhead) this.#pause(APP)
  }

  /** The client has sent a ping, which `ws` has answered. */
  pinged(data) {
    if (!this.#network.writableNeedDrain) {
      this.#pongs = 0
      return
    }
    this.#pongs += messageCost(data)
    if (this.#pongs > PONG_LIMIT) this.#pause(WRITER)
  }

  /** The client has sent a pong. */
  ponged() {
    this.#heartbeat.resetTimeout(this)
  }

  /** The WebSocket or the connection is closed or closing. */
  closed(code, reason) {
    if (this.#isOver) return
    this.settle()
    this.disconnect(code, reason)
  }

  /** The network socket's buffer is empty. */
  drained() {
    this.#pongs = 0
    this.#resume(WRITER)
    const bytes = this.#buffered
    this.#buffered = 0
    if (this.#isOver) return
    // The client reads, so it is alive, though its pongs are not read.
    if (this.#pausedFor !== 0) this.#heartbeat.resetTimeout(this)
    if (bytes > 0) this.credit(bytes)
    // The app continues, and still has messages to receive.
    if (this.blocked) this.#pause(APP)
  }

  // Called by the heartbeat.

  /** Whether the client's pongs are not read because the app is slow. */
  get isPaused() {
    return this.#pausedFor === APP && !this.#holdsApp
  }

  ping() {
    this.#webSocket.ping()
  }

  terminate() {
    this.#webSocket.terminate()
    this.closed(ABNORMAL, '')
  }

  // Called by the core.

  onMessage(data, isText) {
    const webSocket = this.#webSocket
    if (this.#isOver || webSocket === null) return
    const cost = messageCost(data)
    if (this.#compresses) {
      // Compression delays the write and makes it smaller.
      this.#compressing += cost
      webSocket.send(data, { binary: !isText }, () => {
        this.#compressing -= cost
        if (!this.#isOver) this.credit(cost)
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

  // Called by WireSocket.

  /** Bytes were written. Credits them now, or when the network socket has drained. */
  written(bytes, hasRoom) {
    if (hasRoom) this.credit(bytes)
    else this.#buffered += bytes
  }

  /** Marks the socket as closing. */
  settle() {
    this.#isOver = true
    this.#heartbeat.remove(this)
  }

  /** Closes from the server's side. Messages that still arrive are dropped. */
  closeWith(code, reason) {
    this.settle()
    // To read the client's close frame.
    this.#resume(APP | WRITER)
    try {
      this.#webSocket.close(code, reason)
    } catch {
      // `ws` refuses the code.
      this.#webSocket.terminate()
    }
  }

  /** Whether the app waits in `send()` until the client reads. */
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
    // Drops the rest and ends the connection, like any protocol error in `ws`.
    this.#webSocket._receiver.destroy(new RangeError('Too many fragments'))
  }

  #pause(reason) {
    if (this.#pausedFor === 0) this.#webSocket.pause()
    this.#pausedFor |= reason
  }

  #resume(reason) {
    if ((this.#pausedFor & reason) === 0) return
    this.#pausedFor &= ~reason
    if (this.#pausedFor !== 0) return
    this.#heartbeat.resetTimeout(this)
    this.#webSocket.resume()
  }
}

// Listeners shared by all sockets: `this` is the WebSocket, which holds the exchange.

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

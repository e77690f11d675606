'use strict'

/** The most bytes to keep. A well-behaved client sends none. */
const LIMIT = 65536

/**
 * Keeps the data that a client sends before the response to its handshake. The connection must be read to notice when the
 * client disconnects.
 */
class EarlyBytes {
  #network
  #chunks = []
  #size = 0
  #onData = (chunk) => this.#keep(chunk)
  #onEnd
  #onClose

  /**
   * @param {import('node:net').Socket} network
   * @param {() => void} onEnd the client sends nothing more.
   * @param {() => void} onClose the connection is closed.
   */
  constructor(network, onEnd, onClose) {
    this.#network = network
    this.#onEnd = onEnd
    this.#onClose = onClose
    network.on('data', this.#onData)
    network.on('end', onEnd)
    network.on('close', onClose)
  }

  /** Stops reading and puts the data back into the network socket. */
  restore() {
    const network = this.#network
    network.off('data', this.#onData)
    network.off('end', this.#onEnd)
    network.off('close', this.#onClose)
    if (this.#chunks.length === 0) return
    network.pause()
    network.unshift(Buffer.concat(this.#chunks))
    this.#chunks = []
  }

  /** Reads on and drops the data. */
  drop() {
    this.#chunks = null
    this.#network.resume()
  }

  #keep(chunk) {
    if (this.#chunks === null) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > LIMIT) this.#network.pause()
  }
}

module.exports = { EarlyBytes }

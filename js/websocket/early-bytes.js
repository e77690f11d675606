'use strict'

/** The most that is kept; a client that waits for the answer, as it should, sends nothing. */
const LIMIT = 65536

/**
 * What a client sends before its handshake is answered. It has to be read, as that is how its leaving is noticed.
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

  /** Gives the network socket back as it was, with all that has come and nobody has read. */
  giveBack() {
    const network = this.#network
    network.off('data', this.#onData)
    network.off('end', this.#onEnd)
    network.off('close', this.#onClose)
    if (this.#chunks.length === 0) return
    network.pause()
    network.unshift(Buffer.concat(this.#chunks))
    this.#chunks = []
  }

  /** Reads on, and drops what comes. */
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

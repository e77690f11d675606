// Reads the files that applications send with `http.response.pathsend` and `http.response.zerocopysend`.
'use strict'

const { create } = require('./errors')

const CHUNK = 65536

const SHORTER = 'A file became shorter while it was sent: replace files, do not shorten them'

/**
 * Reads a file, or a part of one, as an exchange's body, with backpressure. Later steps of the exchange wait for its end.
 *
 * The reader owns the file descriptor and closes it in any case.
 */
class FileReader {
  /** Undefined before Node 20.16, where an addon cannot load it, unless js/binding.js has set it. */
  static fs = require('node:fs')

  #exchange
  #path
  #fd = -1
  #position = 0
  // Bytes to send: those that the file had at the beginning.
  #left = 0
  #waiting = []
  #uncredited = 0
  #isReading = false
  #isCancelled = false
  #failed

  /** @param {object} exchange @param {Buffer} description see Answer.file in Records.swift */
  constructor(exchange, description) {
    this.#exchange = exchange
    if (description[0] !== 0) {
      this.#path = Buffer.from(description)
    } else {
      const [, fd, offset, count] = description.toString('latin1').split('\0')
      this.#fd = Number(fd)
      this.#position = Number(offset)
      this.#left = Number(count)
    }
  }

  /** Runs a step of the exchange after the file is read. */
  later(step) {
    this.#waiting.push(step)
  }

  /** Begins to read. @param {(error: Error) => void} failed called if the file cannot be read as far as it should be */
  start(failed) {
    this.#failed = failed
    if (this.#path === undefined) return this.#read()
    this.#isReading = true
    FileReader.fs.open(this.#path, 'r', (error, fd) => {
      if (error) return this.#end(error)
      this.#fd = fd
      FileReader.fs.fstat(fd, (error, status) => {
        this.#isReading = false
        if (this.#isCancelled) return this.#close()
        if (error) return this.#end(error)
        this.#left = status.size
        this.#read()
      })
    })
  }

  /** The consumer has processed bytes. */
  credit(bytes) {
    this.#uncredited -= bytes
    this.#read()
  }

  /** Stops reading. */
  cancel() {
    this.#isCancelled = true
    this.#waiting = []
    this.#exchange.reading = null
    if (!this.#isReading) this.#close()
  }

  #read() {
    if (this.#isReading || this.#isCancelled || this.#fd === -1) return
    const { exchange, limit } = { exchange: this.#exchange, limit: this.#exchange.application.options.highWaterMark }
    if (!exchange.isBuffered && this.#uncredited > limit) return
    const length = Math.min(CHUNK, this.#left)
    if (length === 0) return this.#end()
    this.#isReading = true
    FileReader.fs.read(this.#fd, Buffer.allocUnsafe(length), 0, length, this.#position, (error, count, buffer) => {
      if (error || count === 0 || this.#isCancelled) {
        this.#isReading = false
        if (this.#isCancelled) return this.#close()
        return this.#end(error ?? create('ERR_ASGI_INCOMPLETE_RESPONSE', SHORTER))
      }
      this.#position += count
      this.#left -= count
      this.#uncredited += count
      exchange.application.statistics.bytesOut += count
      try {
        // The consumer may give credit at once; the next step comes after it has taken these bytes.
        exchange.onData(count === length ? buffer : buffer.subarray(0, count))
      } catch (error) {
        this.#isReading = false
        return exchange.broken(error)
      }
      this.#isReading = false
      if (this.#isCancelled) return this.#close()
      this.#read()
    })
  }

  #end(error) {
    if (this.#isCancelled) return
    try {
      this.#finish(error)
    } catch (second) {
      this.#exchange.broken(second)
    }
  }

  #finish(error) {
    this.#close()
    this.#exchange.reading = null
    const steps = this.#waiting
    this.#waiting = []
    if (error) return this.#failed(error)
    while (steps.length > 0) {
      steps.shift()()
      // If a step began to send another file, the rest waits for that one.
      if (this.#exchange.reading !== null && this.#exchange.reading !== this) {
        for (const step of steps) this.#exchange.reading.later(step)
        return
      }
    }
  }

  #close() {
    if (this.#fd === -1) return
    const fd = this.#fd
    this.#fd = -1
    FileReader.fs.close(fd, (error) => {
      if (error) process.emitWarning(`a file that was sent could not be closed: ${error.message}`)
    })
  }
}

module.exports = { FileReader }

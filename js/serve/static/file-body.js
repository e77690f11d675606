'use strict'

const fs = require('node:fs')

/** Bytes per read. */
const CHUNK = 65536

/** RFC 9113, 7: resets the stream with an error, so that the client does not regard the body as complete. */
const HTTP2_INTERNAL_ERROR = 2

/** Sends a part of a file as the body of a response, as fast as the client reads, and closes the file. */
class FileBody {
  #file
  #res
  #position
  #left
  #failed
  #isReading = false
  #isOver = false

  /**
   * @param {import('./open-file').OpenFile} file closed by this object.
   * @param {object} res of node:http or node:http2, after its head was written.
   * @param {{ start: number, end: number }} range indices of the first and the last byte.
   * @param {(error: Error) => void} failed called if the file cannot be read to its end; the response is cut off then.
   */
  constructor(file, res, { start, end }, failed) {
    this.#file = file
    this.#res = res
    this.#position = start
    this.#left = end - start + 1
    this.#failed = failed
  }

  /** Starts sending. */
  start() {
    this.#res.on('drain', () => this.#read())
    this.#read()
  }

  /** Stops sending, and closes the file. */
  cancel() {
    if (this.#isOver) return
    this.#isOver = true
    // Not during a read: the descriptor's number could be reused for another file.
    if (!this.#isReading) this.#file.close()
  }

  #read() {
    if (this.#isReading || this.#isOver) return
    this.#isReading = true
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, this.#left))
    fs.read(this.#file.fd, buffer, 0, buffer.length, this.#position, (error, count) => {
      this.#isReading = false
      if (this.#isOver) this.#file.close()
      else if (error) this.#cut(error)
      // The announced length cannot be sent any more. The client learns this only from the end of the connection.
      else if (count === 0) this.#cut(new Error(`the file became shorter, ${this.#left} bytes are missing`))
      else this.#write(buffer.subarray(0, count))
    })
  }

  #write(chunk) {
    this.#position += chunk.length
    this.#left -= chunk.length
    if (this.#left === 0) {
      this.cancel()
      this.#res.end(chunk)
    } else if (this.#res.write(chunk)) {
      this.#read()
    }
  }

  #cut(error) {
    this.cancel()
    if (this.#res.stream !== undefined) this.#res.stream.close(HTTP2_INTERNAL_ERROR)
    else this.#res.destroy()
    this.#failed(error)
  }
}

module.exports = { FileBody }

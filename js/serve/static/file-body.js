'use strict'

const fs = require('node:fs')

/** Bytes that are read at a time. */
const CHUNK = 65536

/** RFC 9113: the stream ends in a way that nobody takes for its proper end. */
const HTTP2_INTERNAL_ERROR = 2

/** Sends a part of a file as the body of a response, at the pace of its client, and closes the file. */
class FileBody {
  #file
  #res
  #position
  #left
  #failed
  #isReading = false
  #isOver = false

  /**
   * @param {import('./open-file').OpenFile} file is this body's own from here on.
   * @param {object} res of node:http or node:http2; its head is written.
   * @param {{ start: number, end: number }} range indices of the first and the last byte.
   * @param {(error: Error) => void} failed is called when the file cannot be read to its end; the response is cut then.
   */
  constructor(file, res, { start, end }, failed) {
    this.#file = file
    this.#res = res
    this.#position = start
    this.#left = end - start + 1
    this.#failed = failed
  }

  /** Begins. */
  start() {
    this.#res.on('drain', () => this.#read())
    this.#read()
  }

  /** Nobody wants the rest. */
  cancel() {
    if (this.#isOver) return
    this.#isOver = true
    // A descriptor that is being read would be another file's if it were closed now.
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
      // What was announced is not there any more: only the end of the connection tells the client.
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

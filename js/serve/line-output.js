'use strict'

const fs = require('node:fs')
const { isMainThread } = require('node:worker_threads')
const { write } = require('./output')

/** Bytes that the system writes to a pipe as a whole, or not at all: other processes may write to the same pipe. */
const WHOLE = 4096

/** Bytes that may wait before lines are left out. */
const MOST = 1 << 20

/** ms that a reader may take nothing before it is waited for no longer. */
const STALLED = 1000

/**
 * Writes lines to stdout, its own and those of a source in their order, and cuts none in two that fits into a piece.
 * When the reader of a pipe is slow, lines wait here and in the source, not in the stream, because only these two are
 * bounded.
 */
class LineOutput {
  #source = () => null
  // Buffers of whole lines.
  #waiting = []
  #size = 0
  // Pieces that the stream was given; whether it has not written the last one yet.
  #pieces = 0
  #isBusy = false
  #isShared
  // What a thread writes; null without one.
  #relayed = null
  #wake = ignore

  /** Begins with nothing. */
  constructor() {
    this.#isShared = isMainThread && isShared(1)
  }

  /**
   * Also writes lines from another source, in order with its own.
   *
   * @param {() => (Buffer | null)} take returns the source's waiting lines.
   */
  follow(take) {
    this.#source = take
  }

  /**
   * Also writes the output of a thread.
   *
   * @param {import('node:stream').Readable} stream of whole lines. It is read as fast as they are written.
   */
  relay(stream) {
    this.#relayed = stream.on('data', (lines) => {
      this.#add(lines)
      this.#go()
      if (this.#isBusy) stream.pause()
    })
  }

  /** Whether so much waits that lines are better left out. */
  get isFull() {
    return this.#size > MOST
  }

  /** Writes lines, after those of the source; nothing where `text` is empty. */
  write(text) {
    if (!this.#isBusy) this.#add(this.#source())
    if (text !== '') this.#add(Buffer.from(text))
    this.#go()
  }

  /** Gives the stream all there is: the process is about to end. */
  flush() {
    this.#add(this.#source())
    const waiting = this.#waiting.splice(0)
    this.#size = 0
    for (const lines of waiting) write(process.stdout, lines)
  }

  /** Waits until everything is written, as long as the output is read. */
  async end() {
    this.write('')
    let before = 0
    while ((this.#isBusy || this.#relayed?.readableLength > 0) && this.#pieces > before) {
      before = this.#pieces
      let timer
      await new Promise((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, STALLED)
      })
      clearTimeout(timer)
    }
    this.flush()
  }

  #add(lines) {
    if (lines === null) return
    this.#waiting.push(lines)
    this.#size += lines.length
  }

  #go() {
    const { stdout } = process
    while (!this.#isBusy) {
      if (this.#waiting.length === 0) this.#add(this.#source())
      const piece = this.#next()
      if (piece === null) {
        this.#relayed?.resume()
        return this.#wake()
      }
      const number = ++this.#pieces
      write(stdout, piece, () => this.#written(number))
      this.#isBusy = stdout.writableLength > 0
    }
  }

  /** What is written at once. */
  #next() {
    const [first] = this.#waiting
    if (first === undefined) return null
    const end = this.#isShared && first.length > WHOLE ? endOfLines(first) : first.length
    if (end === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(end)
    this.#size -= end
    return first.subarray(0, end)
  }

  /** The stream has written a piece: at once, or some time later, when it is the last one. */
  #written(number) {
    if (!this.#isBusy || number !== this.#pieces) return
    this.#isBusy = false
    this.#go()
  }
}

/** Where the last line ends that fits into a piece; of one that does not fit, its own end. */
function endOfLines(lines) {
  const last = lines.lastIndexOf('\n', WHOLE - 1)
  return (last === -1 ? lines.indexOf('\n') : last) + 1
}

/** Whether it is a pipe, as that of a container, or a socket, as that of systemd: both have room for so much only. */
function isShared(descriptor) {
  try {
    const stats = fs.fstatSync(descriptor)
    return stats.isFIFO() || stats.isSocket()
  } catch {
    // It is closed: nothing will be written.
    return false
  }
}

function ignore() {}

module.exports = { LineOutput }

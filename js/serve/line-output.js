'use strict'

const fs = require('node:fs')
const { isMainThread } = require('node:worker_threads')
const { write } = require('./output')

/** The largest write in bytes that a pipe takes atomically, so that lines of several processes do not mix (PIPE_BUF). */
const ATOMIC_BYTES = 4096

/** The bytes of waiting lines above which callers should leave lines out. */
const MAX_WAITING = 1 << 20

/** ms without any progress after which `end` stops waiting for the reader. */
const STALL_TIMEOUT = 1000

/**
 * Writes lines to stdout: its own, and those of a source, in order. A line that fits into an atomic write is never split.
 * When the reader of a pipe is slow, lines wait here and in the source. They do not wait in the stream, whose buffer has
 * no limit.
 */
class LineOutput {
  #source = () => null
  // Buffers of whole lines.
  #waiting = []
  #size = 0
  // The number of pieces passed to the stream, and whether it is still writing the last one.
  #pieces = 0
  #isBusy = false
  #isShared
  // The output of a thread; null without one.
  #relayed = null
  #wake = ignore

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
   * @param {import('node:stream').Readable} stream of whole lines. It is paused while stdout is busy.
   */
  relay(stream) {
    this.#relayed = stream.on('data', (lines) => {
      this.#add(lines)
      this.#go()
      if (this.#isBusy) stream.pause()
    })
  }

  /** Whether more than MAX_WAITING bytes wait. The caller should then leave lines out. */
  get isFull() {
    return this.#size > MAX_WAITING
  }

  /** Writes the source's waiting lines, then `text`: whole lines, or an empty string. */
  write(text) {
    if (!this.#isBusy) this.#add(this.#source())
    if (text !== '') this.#add(Buffer.from(text))
    this.#go()
  }

  /** Passes all waiting lines to the stream, because the process is about to end. */
  flush() {
    this.#add(this.#source())
    const waiting = this.#waiting.splice(0)
    this.#size = 0
    for (const lines of waiting) write(process.stdout, lines)
  }

  /** Waits until everything is written, unless the reader stalls. */
  async end() {
    this.write('')
    let before = 0
    while ((this.#isBusy || this.#relayed?.readableLength > 0) && this.#pieces > before) {
      before = this.#pieces
      let timer
      await new Promise((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, STALL_TIMEOUT)
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

  /** Removes the next piece to write from the waiting lines; null if there is none. */
  #next() {
    const [first] = this.#waiting
    if (first === undefined) return null
    const end = this.#isShared && first.length > ATOMIC_BYTES ? endOfLines(first) : first.length
    if (end === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(end)
    this.#size -= end
    return first.subarray(0, end)
  }

  /** The stream has written a piece. Goes on if it was the last one that the stream had. */
  #written(number) {
    if (!this.#isBusy || number !== this.#pieces) return
    this.#isBusy = false
    this.#go()
  }
}

/** Finds the end of the last line that fits into an atomic write, or of the first line if that is too long. */
function endOfLines(lines) {
  const last = lines.lastIndexOf('\n', ATOMIC_BYTES - 1)
  return (last === -1 ? lines.indexOf('\n') : last) + 1
}

/** Whether a descriptor is a pipe (as in containers) or a socket (as with systemd): several processes may write to it. */
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

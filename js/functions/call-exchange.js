'use strict'

const { core } = require('../binding')
const { Connection } = require('../raw/connection')
const { ValueIterator } = require('./value-iterator')

const { create } = core.errors
const { onAbort } = core.signals
const { read } = core.values

/** Where the value is in a message of it alone: behind a list's kind and count. */
const ALONE = 5

/** One call of a Python function: settles a promise with what it gives. */
class CallExchange extends core.RawExchange {
  #resolve
  #reject
  #signal = null
  #release = null
  // What the value refers to.
  #blocks = undefined
  // The connection, from when a generator's values come.
  #stream = null

  /** @param {(value: any) => void} resolve @param {(error: any) => void} reject */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /**
   * Hands the call over.
   *
   * @param {object} application
   * @param {object} writer of core.values, with the call; not read any more when this returns.
   * @param {AbortSignal | null} signal
   */
  open(application, writer, signal) {
    const head = new core.requests.RequestHead()
    head.raw = true
    head.function = true
    const isWhole = writer.blocks.length === 0
    if (isWhole) head.body = writer.data
    head.bodyOpen = !isWhole
    application.open(this, head)
    // What it says comes behind what it refers to.
    if (!isWhole) this.post(writer)
    if (signal === null) return
    this.#signal = signal
    this.#release = onAbort(this, signal, () => {
      this.abort()
      this.#fail(signal.reason)
    })
  }

  onMessage(data, isValue) {
    if (this.#stream !== null) return this.#stream.received(data, isValue)
    if (!isValue) {
      this.#blocks ??= []
      this.#blocks.push(data)
      return
    }
    if (data.length === 1) {
      const signal = this.#letGo()
      this.#stream = Connection.of(this, signal)
      this.#resolve(new ValueIterator(this.#stream))
      return
    }
    this.#letGo()
    this.application.settle(this)
    this.close()
    this.#resolve(read(data, this.#blocks, ALONE))
  }

  onClose() {
    if (this.#stream !== null) this.#stream.ended(null)
    else this.#fail(create('ERR_ASGI_INTERNAL', 'the function has ended without a value'))
  }

  onFail(error) {
    this.#fail(error)
  }

  onBroken(error) {
    this.#fail(error)
  }

  onDrain() {}

  onReturn() {
    if (this.#stream !== null) this.#stream.returned()
  }

  #fail(error) {
    this.#letGo()
    if (this.#stream !== null) this.#stream.ended(error)
    else this.#reject(error)
  }

  /** Listens to the signal no more. */
  #letGo() {
    const signal = this.#signal
    if (signal !== null) {
      this.#signal = null
      this.#release()
    }
    return signal
  }
}

module.exports = { CallExchange }

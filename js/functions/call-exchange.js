'use strict'

const { core } = require('../binding')
const { Connection } = require('../raw/connection')
const { ValueIterator } = require('./value-iterator')

const { create } = core.errors
const { onAbort } = core.signals
const { read } = core.values

/** The offset of the only value in an encoded list: the list's kind and count come first. */
const ALONE = 5

/** One call of a Python function: settles a promise with the result. */
class CallExchange extends core.RawExchange {
  #resolve
  #reject
  #signal = null
  #release = null
  // Blocks that the value refers to.
  #blocks = undefined
  // The connection for the values of a generator.
  #stream = null

  /** @param {(value: any) => void} resolve @param {(error: any) => void} reject */
  constructor(resolve, reject) {
    super()
    this.#resolve = resolve
    this.#reject = reject
  }

  /**
   * Makes the call.
   *
   * @param {object} application
   * @param {object} writer a ValueWriter with the call; can be released after this returns.
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
    // The blocks that it refers to, then the call itself.
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
      const signal = this.#unfollow()
      this.#stream = Connection.of(this, signal)
      this.#resolve(new ValueIterator(this.#stream))
      return
    }
    this.#unfollow()
    this.application.settle(this)
    this.close()
    this.#resolve(read(data, this.#blocks, ALONE))
  }

  onClose() {
    if (this.#stream !== null) this.#stream.ended(null)
    else {this.#fail(
        create('ERR_ASGI_INTERNAL', 'Internal error, please report it: a function returned without a value'),
      )}
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
    this.#unfollow()
    if (this.#stream !== null) this.#stream.ended(error)
    else this.#reject(error)
  }

  /** Stops listening to the signal. */
  #unfollow() {
    const signal = this.#signal
    if (signal !== null) {
      this.#signal = null
      this.#release()
    }
    return signal
  }
}

module.exports = { CallExchange }

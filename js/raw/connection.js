'use strict'

const { inspect } = require('node:util')
const { core } = require('../binding')
const { PullQueue } = require('../messages/pull-queue')

const { create } = core.errors
const { read, allocate } = core.values

/**
 * A call of the app with a scope of any type. Events are passed unchanged, for any protocol.
 *
 * Made by `handler.connect(scope)`. Open until the app returns, raises, or `close()` is called.
 */
class Connection {
  #exchange
  // Unread events from the app as bytes, each with the blocks that it refers to.
  #events = new PullQueue(({ data, blocks }) => {
    this.#exchange.credit(blocks.reduce((total, { length }) => total + length, data.length))
    return read(data, blocks)
  }, true)
  // Blocks that the next event refers to.
  #blocks = []
  // Pending calls of send().
  #senders = []
  #isOver = false
  #hasReturned = false
  #isAwaited = false
  #closed
  #settle

  /**
   * @param {object} application
   * @param {object} head as made by headOf.
   * @param {AbortSignal | null} signal
   */
  constructor(application, head, signal) {
    this.#closed = new Promise((resolve) => {
      this.#settle = resolve
    })
    if (head === null) {
      this.#exchange = application
    } else {
      const exchange = new ConnectionExchange(this)
      application.open(exchange, head)
      this.#exchange = exchange
    }
    if (signal !== null) this.#follow(signal)
  }

  /**
   * @internal Makes a connection for an open exchange, which passes on the events.
   *
   * @param {object} exchange
   * @param {AbortSignal | null} signal
   */
  static of(exchange, signal) {
    return new Connection(exchange, null, signal)
  }

  /** Whether the app is running. */
  get isOpen() {
    return !this.#isOver
  }

  /** Resolves when the app has returned, raised or been cancelled; never rejects. */
  get closed() {
    return this.#closed
  }

  /**
   * Sends an event, which the app's `receive()` returns.
   *
   * @param {object} event has a `type`; holds strings, numbers, bigints, booleans, null, Buffers, arrays and objects.
   * @returns {Promise<void>} resolves when more can be sent; rejects with `ERR_ASGI_INVALID_EVENT`, or with
   *   `ERR_ASGI_DISCONNECTED` if the app has ended.
   */
  send(event) {
    const writer = allocate()
    try {
      write(writer, 'event', event)
      if (this.#isOver) {
        return Promise.reject(create('ERR_ASGI_DISCONNECTED', 'The app has ended: check isOpen, or await closed'))
      }
      if (this.#exchange.event(writer)) return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    } finally {
      writer.release()
    }
    return new Promise((resolve) => {
      this.#senders.push(resolve)
    })
  }

  /**
   * Receives the next event from the app.
   *
   * @returns {Promise<object | null>} `null` if the app has returned or the connection was closed; rejects once with the
   *   app's exception (`ERR_ASGI_PYTHON`), or with the signal's reason.
   */
  receive() {
    return this.#events.take()
  }

  /** Iterates over the events. Leaving the loop early closes the connection. */
  async *[Symbol.asyncIterator]() {
    try {
      for (let event = await this.receive(); event !== null; event = await this.receive()) yield event
    } finally {
      await this.close()
    }
  }

  /**
   * Cancels the app's task, unless it has ended.
   *
   * @returns {Promise<void>} resolves when the app has ended. Unread events are dropped.
   */
  close() {
    if (!this.#hasReturned && !this.#isAwaited) {
      // Keeps Node alive until the app has ended.
      this.#isAwaited = true
      core.slots.ref()
    }
    this.#events.clear()
    if (!this.#isOver) {
      this.#finish(null)
      this.#exchange.abort()
    }
    core.slots.applyRef()
    return this.#closed
  }

  /** @internal */
  received(data, isEvent) {
    if (!isEvent) return void this.#blocks.push(data)
    const blocks = this.#blocks
    if (blocks.length > 0) this.#blocks = []
    this.#events.push({ data, blocks })
  }

  /** @internal */
  drained() {
    const senders = this.#senders
    this.#senders = []
    for (const resolve of senders) resolve()
  }

  /** @internal The app has returned or raised. */
  ended(error) {
    if (!this.#isOver) this.#finish(error)
  }

  /** @internal The app's task has ended, also after a cancellation. */
  returned() {
    this.#hasReturned = true
    if (this.#isAwaited) core.slots.unref()
    this.#settle()
  }

  #finish(error) {
    this.#isOver = true
    this.#events.end(error === null ? null : { reason: error })
    this.drained()
  }

  #follow(signal) {
    const abort = () => {
      if (this.#isOver) return
      this.#finish(signal.reason)
      this.#exchange.abort()
    }
    signal.addEventListener('abort', abort, { once: true })
    this.#closed.then(() => core.signals.unfollow(this.#exchange, signal, abort))
  }
}

/** Receives the core's calls, so that Connection has only the public API. */
class ConnectionExchange extends core.RawExchange {
  #connection

  constructor(connection) {
    super()
    this.#connection = connection
  }

  onMessage(data, isEvent) {
    this.#connection.received(data, isEvent)
  }

  onClose() {
    this.#connection.ended(null)
  }

  onFail(error) {
    this.#connection.ended(error)
  }

  onBroken(error) {
    this.#connection.ended(error)
  }

  onDrain() {
    this.#connection.drained()
  }

  onReturn() {
    this.#connection.returned()
  }
}

/** Makes the head of a call. Adds the handler's option `scope` unless it is a function. */
function headOf(scope, option = {}) {
  const custom = typeof option === 'function' ? {} : option
  const head = new core.requests.RequestHead()
  head.raw = true
  // Through JSON, as for the scopes of requests.
  const common = JSON.parse(JSON.stringify(custom))
  const writer = allocate()
  try {
    // The body of a request cannot refer to blocks.
    writer.isSplit = false
    write(writer, 'scope', scope, { ...common, asgi: { version: '3.0', spec_version: '1.0' } })
    head.body = Buffer.from(writer.data)
  } finally {
    writer.release()
  }
  return head
}

/** @throws {AsgiError} `ERR_ASGI_INVALID_EVENT` unless it is an object with a type. */
function write(writer, what, value, defaults = {}) {
  if (typeof value !== 'object' || value === null || typeof core.checks.owned(value).type !== 'string') {
    const text = `Invalid ${what}: expected an object with a type, got ${inspect(value, { depth: 0 })}`
    throw create('ERR_ASGI_INVALID_EVENT', text)
  }
  writer.value({ ...defaults, ...value }, [])
}

module.exports = { Connection, headOf }

'use strict'

const { AsyncResource } = require('node:async_hooks')
const { channel, subscribe } = require('node:diagnostics_channel')
const { copyOf } = require('./messages/headers')

const requestStart = channel('python-node:request:start')
const responseStart = channel('python-node:response:start')
const requestEnd = channel('python-node:request:end')
const requestError = channel('python-node:request:error')
const webSocketOpen = channel('python-node:websocket:open')
const webSocketClose = channel('python-node:websocket:close')
const channels = [requestStart, responseStart, requestEnd, requestError, webSocketOpen, webSocketClose]

// Node 18 forgets a channel when the last listener that came by its name leaves, and the next one is given another. One that
// leaves by the channel itself is counted for ever.
for (const one of channels) {
  subscribe?.(one.name, ignore)
  one.unsubscribe(ignore)
}

function ignore() {}

/** Functions that are called when listeners have come or gone: for those that cannot ask for each request. */
const observers = new Set()

for (const one of channels) {
  for (const name of ['subscribe', 'unsubscribe']) {
    Object.defineProperty(one, name, {
      configurable: true,
      writable: true,
      value(...args) {
        // A channel has another prototype with its first listener, and without its last.
        const result = Object.getPrototypeOf(this)[name].apply(this, args)
        for (const changed of observers) changed()
        return result
      },
    })
  }
}

/** Publishes a message by the name of its channel. */
function tell(name, message) {
  const one = channels.find((each) => each.name === name)
  if (one.hasSubscribers) one.publish(message)
}

/** Whether anybody listens: asked for each request. */
function isObserved() {
  for (const one of channels) if (one.hasSubscribers) return true
  return false
}

/**
 * Begins to tell `node:diagnostics_channel` what becomes of an exchange.
 *
 * @param {object} handler
 * @param {object} head what is known of the request; its headers become those that a subscriber has left.
 * @returns {object} the observer of a new exchange, which the core calls.
 * @throws {AsgiError} what `copyOf` throws for headers that are none; nobody is told of the request then.
 */
function observe(handler, head) {
  head.headers = copyOf(head.headers)
  return head.webSocket === true ? new WebSocketObserver(handler, head) : new RequestObserver(handler, head)
}

/**
 * Tells what becomes of a request, in the asynchronous context in which it was handed over. Its `request` object is the same
 * in all its messages.
 */
class RequestObserver {
  #begin = performance.now()
  #resource = new AsyncResource('PythonRequest')
  #status = null
  #isOver = false

  constructor(handler, head) {
    const { method, target: url, scheme, httpVersion, clientHost, clientPort, headers } = head
    this.request = {
      handler,
      method,
      url,
      scheme,
      httpVersion,
      client: clientHost === '' ? null : [clientHost, clientPort],
      headers,
    }
    this.tell(requestStart, {})
  }

  /** Milliseconds since the request was handed over. */
  get elapsed() {
    return performance.now() - this.#begin
  }

  started(status) {
    this.#status = status
    this.tell(responseStart, { status, elapsed: this.elapsed })
  }

  ended() {
    this.end(false)
  }

  left() {
    this.end(true)
  }

  failed(error) {
    if (this.#isOver) return
    this.#isOver = true
    this.tell(requestError, { error, status: this.#status, elapsed: this.elapsed })
  }

  /** @param {boolean} isAborted the client has left before the end */
  end(isAborted) {
    if (this.#isOver) return
    this.#isOver = true
    this.tell(requestEnd, { status: this.#status, aborted: isAborted, elapsed: this.elapsed })
  }

  /** Publishes a message of this request. */
  tell(one, message) {
    if (one.hasSubscribers) this.#resource.runInAsyncScope(one.publish, one, { request: this.request, ...message })
  }
}

/** Tells what becomes of a WebSocket. A handshake that is refused is closed without having been open. */
class WebSocketObserver extends RequestObserver {
  #isOpen = false

  accepted() {
    this.#isOpen = true
    this.tell(webSocketOpen, { elapsed: this.elapsed })
  }

  closed(code) {
    this.#close(code)
    this.end(false)
  }

  left(code = null) {
    this.#close(code)
    super.left()
  }

  failed(error) {
    this.#close(null)
    super.failed(error)
  }

  #close(code) {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.tell(webSocketClose, { code, elapsed: this.elapsed })
  }
}

module.exports = { isObserved, observe, observers, tell }

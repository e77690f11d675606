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

// Works around two bugs of Node 18: it drops a channel when the last subscriber that used its name unsubscribes, and never
// uncounts one that unsubscribes on the channel object.
for (const one of channels) {
  subscribe?.(one.name, ignore)
  one.unsubscribe(ignore)
}

function ignore() {}

/** Callbacks for changes of subscribers, for code that cannot check them for each request. */
const observers = new Set()

for (const one of channels) {
  for (const name of ['subscribe', 'unsubscribe']) {
    Object.defineProperty(one, name, {
      configurable: true,
      writable: true,
      value(...args) {
        // A channel changes its prototype when it gets its first subscriber, and again when it loses its last.
        const result = Object.getPrototypeOf(this)[name].apply(this, args)
        for (const changed of observers) changed()
        return result
      },
    })
  }
}

/** Publishes a message on the channel with this name. */
function publish(name, message) {
  const one = channels.find((each) => each.name === name)
  if (one.hasSubscribers) one.publish(message)
}

/** Whether any channel has subscribers. Called for each request. */
function isObserved() {
  for (const one of channels) if (one.hasSubscribers) return true
  return false
}

/**
 * Starts publishing the progress of an exchange on `node:diagnostics_channel`.
 *
 * @param {object} handler
 * @param {object} head of the request; gets a copy of the headers, which subscribers may change.
 * @returns {object} the observer of the exchange, which the core calls.
 * @throws {AsgiError} from `copyOf`, for invalid headers; then nothing is published.
 */
function observe(handler, head) {
  head.headers = copyOf(head.headers)
  return head.webSocket === true ? new WebSocketObserver(handler, head) : new RequestObserver(handler, head)
}

/**
 * Publishes the progress of a request, in the asynchronous context in which it was sent. All its messages have the same
 * `request` object.
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
    this.publish(requestStart, {})
  }

  /** Milliseconds since the request was sent. */
  get elapsed() {
    return performance.now() - this.#begin
  }

  started(status) {
    this.#status = status
    this.publish(responseStart, { status, elapsed: this.elapsed })
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
    this.publish(requestError, { error, status: this.#status, elapsed: this.elapsed })
  }

  /** @param {boolean} isAborted the client disconnected before the end */
  end(isAborted) {
    if (this.#isOver) return
    this.#isOver = true
    this.publish(requestEnd, { status: this.#status, aborted: isAborted, elapsed: this.elapsed })
  }

  /** Publishes a message about this request. */
  publish(one, message) {
    if (one.hasSubscribers) this.#resource.runInAsyncScope(one.publish, one, { request: this.request, ...message })
  }
}

/** Publishes the progress of a WebSocket. A refused handshake has no `open` and `close` messages. */
class WebSocketObserver extends RequestObserver {
  #isOpen = false

  accepted() {
    this.#isOpen = true
    this.publish(webSocketOpen, { elapsed: this.elapsed })
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
    this.publish(webSocketClose, { code, elapsed: this.elapsed })
  }
}

module.exports = { isObserved, observe, observers, publish }

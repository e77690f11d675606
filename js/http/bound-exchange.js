'use strict'

const { AsyncResource } = require('node:async_hooks')
const { ListenerExchange } = require('./listener-exchange')

/**
 * A ListenerExchange that writes the response in the asynchronous context in which the listener was called, so that
 * middlewares, listeners of the response's events and `next` see their AsyncLocalStorage.
 */
class BoundExchange extends ListenerExchange {
  #resource = new AsyncResource('PythonRequest')

  onComplete(status, head, body) {
    this.#resource.runInAsyncScope(super.onComplete, this, status, head, body)
  }

  onErrorResponse(status, head, body, error) {
    this.#resource.runInAsyncScope(super.onErrorResponse, this, status, head, body, error)
  }

  onStart(status, head) {
    this.#resource.runInAsyncScope(super.onStart, this, status, head)
  }

  onData(chunk) {
    this.#resource.runInAsyncScope(super.onData, this, chunk)
  }

  onEnd(trailers) {
    this.#resource.runInAsyncScope(super.onEnd, this, trailers)
  }

  onFail(error) {
    this.#resource.runInAsyncScope(super.onFail, this, error)
  }

  onBroken(error) {
    this.#resource.runInAsyncScope(super.onBroken, this, error)
  }

  onInformation(status, head) {
    this.#resource.runInAsyncScope(super.onInformation, this, status, head)
  }
}

module.exports = { BoundExchange }

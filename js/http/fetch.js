'use strict'

const { core } = require('../binding')
const { Request, kBody } = require('../messages/request')
const { headOf } = require('./url-head')
const { WebExchange } = require('./web-exchange')
const { responseHeaders } = require('./wire')

const { create, expectedRequest } = core.errors

/** The members of a RequestInit that an app can notice. */
const MEANT = ['method', 'headers', 'body', 'signal']

/** An exchange with a web-standard Response. */
class FetchExchange extends WebExchange {
  createResponse(status, head) {
    const headers = new globalThis.Headers()
    const list = responseHeaders(head, false)
    for (let i = 0; i < list.length; i += 2) headers.append(list[i], list[i + 1])
    return new globalThis.Response(this.decideBody(status) ? this.#createBody() : null, { status, headers })
  }

  #createBody() {
    // Without a prototype, because ReadableStream also reads inherited properties.
    const body = new ReadableStream({
      __proto__: null,
      pull: async (controller) => {
        const chunk = await this.take()
        if (chunk === null) controller.close()
        // Readers expect a Uint8Array, and a Buffer's slice() differs.
        else controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
      },
      cancel: (reason) => this.destroy(reason ?? create('ERR_ASGI_DISCONNECTED')),
    }, { __proto__: null, highWaterMark: 0 })
    // The stream, because a reader may keep it and drop the response.
    this.watch(body)
    return body
  }
}

/**
 * Makes the `fetch` function of a handler.
 *
 * @param {object} application its `open` is called for each request.
 * @param {object | null} rewriter changes each request before Python sees it.
 * @returns {(input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>}
 */
function createFetch(application, rewriter) {
  return async function fetch(input, init, ...others) {
    // With three arguments, as Hono calls it, the second is not a RequestInit.
    const request = requestOf(input, others.length === 0 ? init : undefined)
    const stream = request.body ?? null
    if (stream !== null && (request.bodyUsed || stream.locked)) {
      const text = 'The request body was already read: pass a clone, made with request.clone() before it was read'
      throw create('ERR_ASGI_INVALID_BODY', text)
    }
    request.signal.throwIfAborted()
    const url = new URL(request.url)
    let subject = new Request({
      method: request.method,
      url: url.pathname + url.search,
      headers: request.headers,
    })
    if (rewriter !== null) subject = rewriter.rewrite(subject, application.docroot)
    const body = subject[kBody]
    if (stream === null) body.end()
    const head = headOf(subject, url)
    head.bodyOpen = !body.isComplete
    head.keys = core.requests.keysOf(application.options, request)
    return new Promise((resolve, reject) => {
      const exchange = new FetchExchange(resolve, reject, subject.method)
      application.open(exchange, head)
      exchange.join(request.signal, body)
      if (stream !== null) upload(stream, body, exchange)
    })
  }
}

/**
 * Makes the request that the global `fetch` would make.
 *
 * @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` unless it is a request or a URL; a TypeError for a URL or options that
 *   the global Request refuses.
 */
function requestOf(input, init) {
  if (!isWebRequest(input)) {
    if (typeof input !== 'string' && typeof input?.href !== 'string') {
      throw expectedRequest(input, 'Request, URL or string')
    }
    return new globalThis.Request(input, init)
  }
  // Frameworks pass other objects as second argument.
  if (!MEANT.some((name) => init?.[name] !== undefined)) return input
  if (input instanceof globalThis.Request) return new globalThis.Request(input, init)
  const { url, method, headers, body, signal } = input
  return new globalThis.Request(url, { method, headers, body, signal, duplex: 'half', ...init })
}

function isWebRequest(value) {
  return typeof value === 'object' && value !== null && typeof value.url === 'string' &&
    typeof value.headers?.get === 'function' && typeof value.signal?.throwIfAborted === 'function'
}

/** Sends the body of a web-standard request chunk by chunk, with backpressure. */
async function upload(stream, body, exchange) {
  const reader = stream.getReader()
  for (;;) {
    let chunk
    try {
      chunk = await reader.read()
    } catch (error) {
      exchange.destroy(error)
      return
    }
    if (chunk.done) {
      body.end()
      return
    }
    try {
      await body.write(chunk.value)
    } catch (error) {
      exchange.destroy(error)
      reader.cancel(error).catch(report)
      return
    }
    if (body.isReleased) {
      // The response is complete, so the rest is not needed.
      reader.cancel().catch(report)
      return
    }
  }
}

/** Reports a failure of a stream's cancel function. */
function report(error) {
  process.emitWarning(error)
}

module.exports = { createFetch }

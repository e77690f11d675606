'use strict'

const { core } = require('../binding')
const { Request, kBody } = require('../messages/request')
const { WebExchange } = require('./web-exchange')
const { responseHeaders } = require('./wire')

const { create } = core.errors

/** The members of a RequestInit that reach an app. */
const MEANT = ['method', 'headers', 'body', 'signal']

const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 }

/** An exchange whose response is a web-standard one. */
class FetchExchange extends WebExchange {
  createResponse(status, head) {
    const headers = new globalThis.Headers()
    const list = responseHeaders(head, false)
    for (let i = 0; i < list.length; i += 2) headers.append(list[i], list[i + 1])
    return new globalThis.Response(this.decideBody(status) ? this.#createBody() : null, { status, headers })
  }

  #createBody() {
    // Without a prototype: the web's classes read what was put on all objects, too.
    const body = new ReadableStream({
      __proto__: null,
      pull: async (controller) => {
        const chunk = await this.take()
        if (chunk === null) controller.close()
        // A plain view: who reads the stream expects a Uint8Array, and a Buffer slices differently.
        else controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
      },
      cancel: (reason) => this.destroy(reason ?? create('ERR_ASGI_DISCONNECTED')),
    }, { __proto__: null, highWaterMark: 0 })
    // The stream and not the response: a reader may keep the first and drop the second.
    this.watch(body)
    return body
  }
}

/**
 * Makes the `fetch` function of a handler, from its application.
 *
 * @param {object} application its `open` is called for each request.
 * @param {object | null} rewriter changes each request before Python sees it.
 * @returns {(input: globalThis.Request | string | URL, init?: RequestInit) => Promise<globalThis.Response>}
 */
function createFetch(application, rewriter) {
  return async function fetch(input, init, ...others) {
    // Of three arguments (Hono's) the second is no RequestInit.
    const request = requestOf(input, others.length === 0 ? init : undefined)
    const stream = request.body ?? null
    if (stream !== null && (request.bodyUsed || stream.locked)) {
      const text = 'The request body was already read: hand over a clone, request.clone(), made before it was read'
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
 * Gives the request that the global `fetch` would make of its arguments.
 *
 * @throws {AsgiError} `ERR_ASGI_EXPECTED_REQUEST` for what is neither a request nor a URL; a TypeError for a URL or options
 *   that the global Request refuses.
 */
function requestOf(input, init) {
  if (!isWebRequest(input)) {
    if (typeof input !== 'string' && typeof input?.href !== 'string') throw create('ERR_ASGI_EXPECTED_REQUEST')
    return new globalThis.Request(input, init)
  }
  // Frameworks give their handlers a second argument of their own.
  if (!MEANT.some((name) => init?.[name] !== undefined)) return input
  if (input instanceof globalThis.Request) return new globalThis.Request(input, init)
  const { url, method, headers, body, signal } = input
  return new globalThis.Request(url, { method, headers, body, signal, duplex: 'half', ...init })
}

function isWebRequest(value) {
  return typeof value === 'object' && value !== null && typeof value.url === 'string' &&
    typeof value.headers?.get === 'function' && typeof value.signal?.throwIfAborted === 'function'
}

function headOf(request, url) {
  const { target } = core.checks.target(request.url)
  return {
    method: request.method,
    target,
    ...addressOf(url),
    httpVersion: '1.1',
    rootPath: '',
    headers: request.headers[core.symbols.flat](),
    body: null,
    bodyOpen: !request[kBody].isComplete,
    clientHost: '',
    clientPort: undefined,
    buffered: false,
    raw: false,
    webSocket: false,
    tls: '',
    abilities: 0,
  }
}

/**
 * Gives what a scope says about a server that nothing is connected to: the URL says for whom the request is.
 *
 * @param {URL} url
 * @returns {{ scheme: string, serverHost: string, serverPort?: number }}
 */
function addressOf(url) {
  const { protocol, hostname, port } = url
  return {
    scheme: protocol.slice(0, -1),
    // An IPv6 address has brackets in a URL, and nowhere else.
    serverHost: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    serverPort: port === '' ? DEFAULT_PORTS[protocol] : Number(port),
  }
}

/** Sends the body of a web-standard request, chunk by chunk, as there is room. */
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
      // The response is complete: nobody wants the rest.
      reader.cancel().catch(report)
      return
    }
  }
}

/** A stream whose own cancel function fails: nobody waits for that, so it is said aloud. */
function report(error) {
  process.emitWarning(error)
}

module.exports = { addressOf, createFetch }

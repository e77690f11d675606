// From a request object, of whichever kind, to what is sent to the application.
;(function (core) {
  'use strict'

  const { create } = core.errors

  /**
   * What `open` needs to know of a request; one shape for all, so that V8 keeps one hidden class.
   */
  class RequestHead {
    method = 'GET'
    /** Path and query as sent. */
    target = '/'
    scheme = 'http'
    httpVersion = '1.1'
    /** A mount prefix behind the handler's own rootPath. */
    rootPath = ''
    /** Anything `core.headers.block` takes. */
    headers = undefined
    /** @type {Buffer | null} */
    body = null
    /** More of the body follows with `exchange.write`. */
    bodyOpen = false
    /** The exchange takes the whole response without acknowledging. */
    buffered = false
    clientHost = ''
    clientPort = undefined
    serverHost = ''
    serverPort = undefined
    /** The connection's TLS, as JSON of ASGI's `tls` extension; '' without. */
    tls = ''
    /** What the transport can do beyond bodies: see core.abilities. */
    abilities = 0
    /** The body is a scope of any type: see values.js. */
    raw = false
  }

  /** The head of a `Request` or of a plain object of its shape. */
  function prepare(request) {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      throw create('ERR_ASGI_EXPECTED_REQUEST')
    }
    const url = request.url
    if (url === undefined || url === null) {
      if (request.method === undefined && request.headers === undefined) throw create('ERR_ASGI_EXPECTED_REQUEST')
      throw create('ERR_ASGI_MISSING_FIELD')
    }
    const head = new RequestHead()
    if (request.method !== undefined) head.method = core.checks.method(request.method)
    const { scheme, target } = core.checks.target(url)
    head.target = target
    if (scheme === 'https' || scheme === 'wss') head.scheme = 'https'
    head.headers = request.headers
    head.body = core.checks.body(request.body)
    if (request.socket !== undefined && request.socket !== null) address(head, request.socket)
    const open = request[core.symbols.bodyOpen]
    head.bodyOpen = open === true
    return head
  }

  /** The addresses of a socket, or of an object with a socket's properties. */
  function address(head, socket) {
    if (typeof socket.remoteAddress === 'string') {
      head.clientHost = socket.remoteAddress
      head.clientPort = port(socket.remotePort)
    }
    if (typeof socket.localAddress === 'string') {
      head.serverHost = socket.localAddress
      head.serverPort = port(socket.localPort)
    }
    if (socket.encrypted === true) head.scheme = 'https'
  }

  /** A port's number; undefined for what is none. */
  function port(value) {
    return Number.isInteger(value) && value >= 0 && value <= 65535 ? value : undefined
  }

  core.requests = Object.freeze({ RequestHead, prepare, address })
})
//# sourceURL=python-node/core/requests.js

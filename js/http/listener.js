'use strict'

const { core } = require('../binding')
const { BoundExchange } = require('./bound-exchange')
const { kExchange } = require('./listener-exchange')
const { atTurn } = require('./pipelining')
const { Request } = require('../messages/request')
const { headersOf } = require('./request-headers')
const { isTaken, reportTaken } = require('./taken-responses')
const { UNKNOWN, bodyLength, connectionOf, kConnection } = require('./wire')

const { create } = core.errors
const { own } = core.checks
const { EARLY_HINTS, PATH_SEND, TRAILERS, ZERO_COPY_SEND } = core.abilities

/** The default number of names and values that Node keeps of a request's headers. */
const KEPT_PARTS = 2000

/** The ASGI extensions of HTTP/1.0, and those of later versions. */
const FILES = PATH_SEND | ZERO_COPY_SEND
const ABILITIES = FILES | TRAILERS | EARLY_HINTS

/**
 * Makes the `(req, res, next?)` function of a handler.
 *
 * @param {object} application its `open` is called for each request.
 * @param {object} view how requests are read, see `describe`; `exposeErrors` overrides the handler's option.
 * @returns {(req: object, res: object, next?: (error?: any) => void) => void}
 */
function createListener(application, view) {
  const exposes = view.exposeErrors ?? application.options.exposeErrors
  return function listener(req, res, next) {
    atTurn(req, res, () => take(req, res, next))
  }

  function take(req, res, next) {
    if (isTaken(req, res)) {
      reportTaken(application, res)
      return
    }
    const exchange = new BoundExchange(application, req, res, typeof next === 'function' ? next : null, exposes)
    try {
      const head = describe(req, application, view)
      if (exchange.borrow()) head.abilities |= core.READS_ONLY
      if (head.bodyOpen && exchange.awaitsContinue) head.abilities |= core.AWAITS_CONTINUE
      res[kExchange] = exchange
      res.on('close', onClose)
      if (head.httpVersion === '2') {
        // A stream that is reset while data is queued emits 'aborted' and never 'close'.
        req[kExchange] = exchange
        req.on('aborted', onClose)
      }
      application.open(exchange, head)
      if (head.bodyOpen) receive(req, exchange, head.bodyLength)
    } catch (error) {
      exchange.refuse(error)
    }
  }
}

/**
 * Converts a request to a RequestHead.
 *
 * @param {object} req
 * @param {object} application
 * @param {object} view
 * @param {object | null} view.rewriter changes each request before Python sees it.
 * @param {import('./forwarded').Forwarded | null} view.forwarded applies the headers of proxies.
 * @param {boolean} [view.isFirst] no middleware has seen the request, so its headers are unchanged.
 */
function describe(req, application, { rewriter, forwarded, isFirst = false }) {
  const isHTTP2 = req.stream !== undefined
  const headers = isFirst && !isHTTP2 ? req.rawHeaders : headersOf(req)
  if (forwarded !== null) forwarded.apply(req, headers)
  const head = headOf(req, headers, isHTTP2)
  if (rewriter !== null && head.target !== '*') rewrite(rewriter, head, application.docroot)
  if (own(req, 'originalUrl') !== undefined) addRootPath(head, mountedPrefix(req), application.options.rootPath)
  head.keys = core.requests.keysOf(application.options, req)
  return head
}

/** Makes the head of a request of node:http or of node:http2's compatibility API. */
function headOf(req, headers, isHTTP2) {
  const connection = req[kConnection] ?? connectionOf(req.socket)
  const url = req.url
  // A request made by an adapter or a mock has no raw headers.
  const isMade = !isHTTP2 && !(req.rawHeaders?.length > 0)
  if (!isHTTP2) checkHead(req)
  const length = isHTTP2 ? lengthOfStream(req.stream) : bodyLength(isMade ? headers : req.rawHeaders)
  const head = new core.requests.RequestHead()
  head.method = req.method
  head.target = url.charCodeAt(0) === 47 /* slash */ || url === '*' ? url : core.checks.target(url).target
  head.scheme = connection.scheme
  head.httpVersion = isHTTP2 ? '2' : req.httpVersion ?? '1.1'
  head.headers = headers
  head.bodyOpen = length !== 0
  head.bodyLength = length
  head.clientHost = connection.clientHost
  head.clientPort = connection.clientPort
  head.serverHost = connection.serverHost
  head.serverPort = connection.serverPort
  head.tls = connection.tls
  head.abilities = isHTTP2 || req.httpVersionMinor > 0 ? ABILITIES : FILES
  if (isMade) takeWhole(req, head)
  else if (head.bodyOpen && req.readableEnded) takeParsed(req, head)
  return head
}

/**
 * Rejects HTTP/1 requests that Node's parser accepts.
 *
 * @throws {AsgiError} `ERR_ASGI_INVALID_REQUEST` for another major version, `ERR_ASGI_TOO_MANY_HEADERS` if Node may have
 *   dropped headers, such as those of a proxy or the body's length.
 */
function checkHead({ httpVersionMajor, httpVersion, rawHeaders, socket }) {
  if (Number(httpVersionMajor ?? 1) !== 1) {
    throw create('ERR_ASGI_INVALID_REQUEST', `Invalid request: expected HTTP/1.0 or HTTP/1.1, got HTTP/${httpVersion}`)
  }
  if (!(rawHeaders?.length >= KEPT_PARTS)) return
  const { maxHeadersCount } = socket?.server ?? {}
  const kept = typeof maxHeadersCount === 'number' ? maxHeadersCount * 2 : KEPT_PARTS
  if (kept > 0 && rawHeaders.length >= kept) {
    const text = `Too many request headers: Node keeps ${kept / 2}, set the server's maxHeadersCount for more`
    throw create('ERR_ASGI_TOO_MANY_HEADERS', text)
  }
}

/** Reads the body of a request made by an adapter or a mock, which may not match its headers. */
function takeWhole(req, head) {
  if (octetsOf(req) !== null || (head.bodyOpen ? req.readableEnded : hasValues(own(req, 'body')))) takeParsed(req, head)
}

function hasValues(body) {
  return typeof body === 'object' && body !== null && Object.keys(body).length > 0
}

/** The length of an HTTP/2 body, whose end is in its last frame. */
function lengthOfStream(stream) {
  return stream.endAfterHeaders ? 0 : UNKNOWN
}

/**
 * Adds the prefix under which a framework mounted the listener to the root path. A rootPath that is part of the prefix is added
 * only once: upgrades, which arrive with the whole path, need that option.
 */
function addRootPath(head, prefix, rootPath) {
  if (prefix === '') return
  const isWhole = prefix === rootPath || prefix.startsWith(`${rootPath}/`)
  head.rootPath = isWhole ? prefix.slice(rootPath.length) : prefix
  // Explicitly, because a path below the prefix may begin with the same text.
  if (isWhole && head.target !== '*') head.target = prefix + head.target
}

/** Finds the prefix under which a framework mounted the listener: Express sets baseUrl, Connect only removes it. */
function mountedPrefix(req) {
  const base = own(req, 'baseUrl')
  if (typeof base === 'string') return base
  const original = withoutQuery(req.originalUrl)
  const rest = withoutQuery(req.url)
  if (original.endsWith(rest)) return original.slice(0, original.length - rest.length)
  return rest === '/' ? original : ''
}

function withoutQuery(url) {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/**
 * Uses the octets of a body that a body parser has read.
 *
 * @throws {AsgiError} `ERR_ASGI_INVALID_BODY` if only parsed values are left.
 */
function takeParsed(req, head) {
  const octets = octetsOf(req)
  if (octets === null) {
    const text =
      'The request body was already read and parsed by another middleware: put the listener before the body ' +
      'parser, or let the parser keep the octets in req.body (express.raw) or req.rawBody'
    throw create('ERR_ASGI_INVALID_BODY', text)
  }
  head.body = octets
  head.bodyOpen = false
}

/** Finds the request's body as octets or text; null if there is none. */
function octetsOf(req) {
  for (const body of [own(req, 'body'), own(req, 'rawBody')]) {
    if (typeof body === 'string' || ArrayBuffer.isView(body)) return core.checks.body(body)
  }
  return null
}

function rewrite(rewriter, head, docroot) {
  const headers = []
  for (let i = 0; i < head.headers.length; i += 2) headers.push([head.headers[i], head.headers[i + 1]])
  const request = rewriter.rewrite(new Request({ method: head.method, url: head.target, headers }), docroot)
  head.method = request.method
  head.target = core.checks.target(request.url).target
  head.headers = request.headers[core.symbols.flat]()
}

function receive(req, exchange, length) {
  req[kExchange] = exchange
  // After req.setEncoding() the length is not that of the octets.
  if (req.readableEncoding === null) exchange.expect(length)
  req.on('data', onData)
  req.on('end', onEnd)
}

// Listeners shared by all requests: `this` is the request or the response, which holds its exchange.

function onData(chunk) {
  this[kExchange].receive(chunk)
}

function onEnd() {
  this[kExchange].received()
}

function onClose() {
  this[kExchange].left()
}

module.exports = { createListener, describe }

'use strict'

const { core } = require('../binding')
const { endSoon } = require('./wire')

const { AsgiError } = core.errors
const { own } = core.checks

const HTTP2_INTERNAL_ERROR = 2

/** Statuses of errors that are not the app's. */
const REFUSALS = new Map([
  ['ERR_ASGI_TOO_MANY_REQUESTS', 503],
  ['ERR_ASGI_CLOSED', 503],
  ['ERR_ASGI_INVALID_URL', 400],
  ['ERR_ASGI_INVALID_REQUEST', 400],
  ['ERR_ASGI_TOO_MANY_HEADERS', 431],
])

const REASONS = new Map([
  [400, 'Bad Request'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
])

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' }

/** The default text for a status. */
function plainText(status) {
  return REASONS.get(status)
}

/**
 * Returns what a client sees of an error.
 *
 * @param {any} error
 * @param {boolean} isShown whether it sees the message, by the option `exposeErrors`.
 * @returns {{ status: number, text: string }}
 */
function refusalOf(error, isShown) {
  const status = statusOf(error)
  return { status, text: isShown ? textOf(error) : plainText(status) }
}

/** Whether a response is a framework's default for an unhandled exception. */
function isPlainError(status, head, body) {
  if (status !== 500) return false
  const type = head.object()['content-type']
  // A HEAD response has no body.
  return /^text\/plain\b/i.test(type) && (body.length === 0 || body.latin1Slice() === plainText(500))
}

/** The status for any thrown value. */
function statusOf(error) {
  return error instanceof AsgiError ? REFUSALS.get(error.code) ?? 500 : 500
}

function textOf(error) {
  if (!(error instanceof AsgiError)) return String(error?.message ?? error)
  return own(error, 'pythonTraceback') ?? error.message
}

/** Aborts a started response so that the client knows it is incomplete. */
function cut(res) {
  if (res.stream !== undefined) res.stream.close(HTTP2_INTERNAL_ERROR)
  else if (res.socket !== null) endSoon(res.socket)
}

/**
 * Sends an error response, or closes the connection if a response has begun or the error response cannot be sent.
 *
 * @param {object} req
 * @param {object} res
 * @param {object} application reports errors of middlewares.
 * @param {{ status: number, text: string, headers?: object }} answer
 */
function refuse(req, res, application, { status, text, headers = PLAIN }) {
  if (res.destroyed || res.writableEnded) return
  if (!res.headersSent) {
    try {
      const all = { ...headers, 'content-length': Buffer.byteLength(text) }
      if (res.stream !== undefined) res.writeHead(status, all)
      else res.writeHead(status, REASONS.get(status), all)
      res.end(req.method === 'HEAD' ? undefined : text)
      return
    } catch (error) {
      // The cause of a 500 was already reported, and this error is mostly the same.
      if (status !== 500) application.report(error)
    }
  }
  cut(res)
}

module.exports = { cut, isPlainError, plainText, refusalOf, refuse, statusOf }

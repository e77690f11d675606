'use strict'

const SEQUENCE = ['RuntimeError']
const GONE = ['OSError']
const OK = ['ok']
const ANYTHING = [
  'ok',
  'RuntimeError',
  'ValueError',
  'TypeError',
  'KeyError',
  'OSError',
  'AttributeError',
  'UnicodeEncodeError',
]

/** What ASGI says of one HTTP request: what `send` has to do with each message, and what the client has to get. */
class HTTPModel {
  state = 'waiting'
  status = 0
  headers = []
  trailers = []
  body = ''
  error = null
  #hasTrailers = false
  #left = null
  #isBodyless

  /** @param {string} method */
  constructor(method) {
    this.#isBodyless = method === 'HEAD'
  }

  get isOver() {
    return ['complete', 'failed', 'disconnected'].includes(this.state)
  }

  /** Whether the client has no way to see that something is missing. */
  get looksComplete() {
    return this.#isBodyless || this.#left === 0
  }

  /**
   * Takes a message of the app's.
   *
   * @param {object} message `{ kind, bad, … }`; `bad` lists the exceptions that its content allows.
   * @returns {string[]} the outcomes that are right.
   */
  apply(message) {
    if (this.state === 'disconnected') return message.bad === null && message.kind !== 'other' ? GONE : ANYTHING
    if (this.isOver) return message.bad === null && message.kind !== 'other' ? OK : ANYTHING
    if (message.kind === 'other') return message.bad ?? SEQUENCE
    if (message.bad !== null) return [...message.bad, ...SEQUENCE]
    return this[message.kind](message)
  }

  start({ status, headers, hasTrailers, contentLength }) {
    if (this.state !== 'waiting') return SEQUENCE
    this.state = 'started'
    this.status = status
    this.headers = headers
    this.#hasTrailers = hasTrailers
    this.#isBodyless ||= status === 204 || status === 304
    this.#left = this.#isBodyless ? null : contentLength
    return OK
  }

  piece({ text, more }) {
    if (this.state !== 'started') return SEQUENCE
    if (this.#left !== null) {
      if (text.length > this.#left || (!more && text.length < this.#left)) return SEQUENCE
      this.#left -= text.length
    }
    if (!this.#isBodyless) this.body += text
    if (!more) this.state = this.#hasTrailers ? 'trailers' : 'complete'
    return OK
  }

  trail({ headers, more }) {
    if (this.state !== 'trailers') return SEQUENCE
    this.trailers.push(...headers)
    if (!more) this.state = 'complete'
    return OK
  }

  /** The app has returned, or raised. */
  end(hasRaised) {
    if (this.isOver) return
    this.error = hasRaised
      ? 'ERR_ASGI_PYTHON'
      : this.state === 'waiting'
      ? 'ERR_ASGI_NO_RESPONSE'
      : 'ERR_ASGI_INCOMPLETE_RESPONSE'
    this.state = 'failed'
  }
}

/** What ASGI says of one WebSocket. */
class SocketModel {
  state = 'connecting'
  /** The response in place of the WebSocket. */
  denial = new HTTPModel('GET')
  subprotocol = ''
  isAccepted = false
  messages = []
  code = null
  reason = ''
  error = null

  apply(message) {
    if (this.state === 'closed') {
      return message.bad === null && ['accept', 'message', 'close', 'start'].includes(message.kind) ? GONE : ANYTHING
    }
    if (message.kind === 'other' || message.kind === 'trail') return message.bad ?? SEQUENCE
    if (message.bad !== null) return [...message.bad, ...SEQUENCE]
    return this[message.kind](message)
  }

  accept({ subprotocol }) {
    if (this.state !== 'connecting') return SEQUENCE
    this.state = 'open'
    this.isAccepted = true
    this.subprotocol = subprotocol
    return OK
  }

  message({ text, isText }) {
    if (this.state !== 'open') return SEQUENCE
    this.messages.push({ text, isText })
    return OK
  }

  close({ code, reason }) {
    if (this.state === 'denying') return SEQUENCE
    if (this.state === 'open') {
      if (!(code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) && !(code >= 3000 && code <= 4999)) {
        return ['ValueError']
      }
      this.code = code
      this.reason = reason
    }
    this.state = 'closed'
    return OK
  }

  start(message) {
    if (this.state !== 'connecting') return SEQUENCE
    this.state = 'denying'
    return this.denial.apply(message)
  }

  piece(message) {
    if (this.state !== 'denying') return SEQUENCE
    const outcome = this.denial.apply(message)
    if (this.denial.isOver) this.state = 'closed'
    return outcome
  }

  end(hasRaised) {
    if (this.state === 'closed') return
    if (this.state === 'open') {
      this.code = hasRaised ? 1011 : 1000
      this.error = hasRaised ? 'ERR_ASGI_PYTHON' : null
    } else {
      this.denial.end(hasRaised)
      this.error = this.denial.error
    }
    this.state = 'closed'
  }
}

module.exports = { HTTPModel, SocketModel }

'use strict'

const { STATUS_CODES } = require('node:http')
const tty = require('node:tty')
const { inspect } = require('node:util')
const { raisedBy } = require('./failure')
const { accessLine, exceptionAttributes, jsonLine } = require('./json-lines')
const { guardOutput, write } = require('./output')

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical']

const COLOURS = { debug: 36, info: 32, warning: 33, error: 31, critical: 91 }

/**
 * Writes what the server has to say: lines for people, or an object a line with `--log-format json`. Warnings and errors
 * go to stderr, the rest to stdout.
 */
class Log {
  #isJSON
  #useColors
  #least
  #hasAccess
  #lines = ''
  #isScheduled = false
  #write = () => this.flush()

  /**
   * @param {object} settings
   * @param {string} settings.logLevel
   * @param {'text' | 'json'} settings.logFormat
   * @param {boolean} settings.accessLog
   * @param {boolean | null} [settings.useColors] `null`: where a terminal shows them.
   */
  constructor({ logLevel, logFormat, accessLog, useColors = null }) {
    this.#useColors = useColors
    this.#isJSON = logFormat === 'json'
    this.#least = LEVELS.indexOf(logLevel)
    this.#hasAccess = accessLog && this.#isShown('info')
    guardOutput()
    process.on('exit', this.#write)
  }

  /** Whether a request leaves a line. */
  get hasAccess() {
    return this.#hasAccess
  }

  /** Whether that line says which trace the request belongs to. */
  get hasTraces() {
    return this.#hasAccess && this.#isJSON
  }

  /** @param {string} message @param {object} [attributes] what lines of JSON have beside it. */
  debug(message, attributes) {
    this.#say('debug', message, attributes)
  }

  /** As `debug`, for what everybody wants to know. */
  info(message, attributes) {
    this.#say('info', message, attributes)
  }

  /** As `debug`, for what is not as it should be. */
  warning(message, attributes) {
    this.#say('warning', message, attributes)
  }

  /** As `debug`, for what went wrong. */
  error(message, attributes) {
    this.#say('error', message, attributes)
  }

  /**
   * Tells of a failure: its one line, and the lines that belong to it. When the app's start or end has failed, what it says
   * or raises comes first, and then what follows from it, as uvicorn has it.
   *
   * @param {import('./failure').ServeFailure} failure
   * @param {string} [consequence] of a failure of the app.
   */
  failure({ message, details, phase = null, exception = null }, consequence = 'Exiting.') {
    const conclusion = `Application ${phase} failed. ${consequence}`.trimEnd()
    // What an app has said of it; the default says nothing more than the conclusion.
    const said = message === `Application ${phase} failed` ? [] : [message, ...details]
    if (this.#isJSON) {
      const isTold = phase === null || exception !== null || said.length === 0
      const attributes = isTold ? exceptionAttributes(exception, details) : { 'error.message': said.join('\n') }
      this.error(phase === null ? message : conclusion, attributes)
      return
    }
    // In one piece: other processes write to the same place.
    const lines = phase !== null && exception !== null ? details : said
    if (lines.length > 0) this.error(lines.join('\n'))
    if (phase !== null) this.error(conclusion)
  }

  /**
   * Tells of what an app has raised, or of what else went wrong with a request, under the heading that uvicorn has for it.
   *
   * @param {any} error what the event 'error' of a handler gives.
   */
  exception(error) {
    const code = String(error?.code)
    if (typeof error?.pythonTraceback === 'string') {
      this.failure({ message: 'Exception in ASGI application', ...raisedBy(error) })
    } else if (code.startsWith('ERR_ASGI_') && code !== 'ERR_ASGI_INTERNAL') {
      this.error(error.message)
    } else {
      this.failure({ message: 'Unexpected error while a request was answered', details: inspect(error).split('\n') })
    }
  }

  /**
   * Writes the line of a request. Lines of one turn of Node's loop leave together.
   *
   * @param {object} fields
   * @param {string} fields.client the client's address and port; empty without.
   * @param {string} fields.method
   * @param {string} fields.path with the query.
   * @param {string} [fields.httpVersion] `'1.1'`, `'2'`; absent for a WebSocket.
   * @param {number | string} fields.status; `'accepted'` for a WebSocket.
   * @param {boolean} [fields.isCut] the response has begun and never ended.
   * @param {number} fields.duration ms.
   * @param {string} [fields.traceparent] the header, as sent; looked at when `hasTraces`.
   */
  access(fields) {
    if (!this.#hasAccess) return
    this.#lines += this.#isJSON ? `${accessLine(fields)}\n` : this.#accessText(fields)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#write)
  }

  /** Writes what waits. Called before the process is ended the hard way. */
  flush() {
    this.#isScheduled = false
    if (this.#lines === '') return
    const lines = this.#lines
    this.#lines = ''
    write(process.stdout, lines)
  }

  /** With lines of JSON: has what Node warns of be one, too, instead of text on stderr. */
  takeWarnings() {
    // Without a listener there Node was told to say nothing.
    if (!this.#isJSON || process.listenerCount('warning') === 0) return
    process.removeAllListeners('warning')
    process.on('warning', ({ name, message, code, stack }) => {
      this.warning(message, { 'exception.type': name, 'error.code': code, 'exception.stacktrace': stack })
    })
  }

  /** Lets go of the process. */
  close() {
    this.flush()
    process.off('exit', this.#write)
  }

  #isShown(level) {
    return LEVELS.indexOf(level) >= this.#least
  }

  #say(level, message, attributes) {
    if (!this.#isShown(level)) return
    this.flush()
    const stream = LEVELS.indexOf(level) >= LEVELS.indexOf('warning') ? process.stderr : process.stdout
    const line = this.#isJSON ? jsonLine(level, message, attributes) : `${this.#label(level, stream)}${message}`
    write(stream, `${line}\n`)
  }

  #label(level, stream) {
    const word = level.toUpperCase()
    const gap = ' '.repeat(Math.max(1, 9 - word.length))
    return `${this.#paint(word, COLOURS[level], stream)}:${gap}`
  }

  #accessText({ client, method, path, httpVersion, status, isCut }) {
    const request = httpVersion === undefined ? `WebSocket ${path}` : `${method} ${path} HTTP/${httpVersion}`
    const said = typeof status === 'number' ? `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() : `[${status}]`
    const outcome = isCut === true ? `${said} [incomplete]` : said
    const colour = typeof status !== 'number' || status < 400 ? (isCut === true ? 33 : 32) : status < 500 ? 33 : 31
    const { stdout } = process
    return `${this.#label('info', stdout)}${client || '-'} - "${this.#paint(request, 1, stdout)}" ${
      this.#paint(outcome, colour, stdout)
    }\n`
  }

  #paint(text, colour, stream) {
    const hasColours = this.#useColors ?? isColoured(stream === process.stderr ? 2 : 1)
    return hasColours ? `\x1b[${colour}m${text}\x1b[0m` : text
  }
}

/** Whether a terminal shows it. Asked of the descriptor: in a thread the streams do not know. */
function isColoured(descriptor) {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb' && tty.isatty(descriptor)
}

module.exports = { Log, isColoured }

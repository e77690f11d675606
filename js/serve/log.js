'use strict'

const { STATUS_CODES } = require('node:http')
const tty = require('node:tty')
const { inspect } = require('node:util')
const { guardOutput, write } = require('./output')

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical']

const COLOURS = { debug: 36, info: 32, warning: 33, error: 31, critical: 91 }

/** What W3C Trace Context allows: version, trace, parent, flags. A version of ff and zeros only are invalid. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/

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

  /** @param {string} message @param {object} [fields] what JSON lines have beside it. */
  debug(message, fields) {
    this.#say('debug', message, fields)
  }

  /** As `debug`, for what everybody wants to know. */
  info(message, fields) {
    this.#say('info', message, fields)
  }

  /** As `debug`, for what is not as it should be. */
  warning(message, fields) {
    this.#say('warning', message, fields)
  }

  /** As `debug`, for what went wrong. */
  error(message, fields) {
    this.#say('error', message, fields)
  }

  /**
   * Tells of a failure: its one line, and the lines that belong to it.
   *
   * @param {import('./failure').ServeFailure} failure
   */
  failure({ message, details }) {
    if (this.#isJSON) {
      this.error(message, details.length === 0 ? undefined : { traceback: details.join('\n') })
    } else {
      // In one piece: other processes write to the same place.
      this.error([message, ...details].join('\n'))
    }
  }

  /**
   * Tells of what an app has raised, or of what else went wrong with a request, under the heading that uvicorn has for it.
   *
   * @param {any} error what the event 'error' of a handler gives.
   */
  exception(error) {
    const code = String(error?.code)
    if (typeof error?.pythonTraceback === 'string') {
      this.failure({ message: 'Exception in ASGI application', details: error.pythonTraceback.trimEnd().split('\n') })
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
    this.#lines += this.#isJSON ? accessJSON(fields) : this.#accessText(fields)
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

  /** Lets go of the process. */
  close() {
    this.flush()
    process.off('exit', this.#write)
  }

  #isShown(level) {
    return LEVELS.indexOf(level) >= this.#least
  }

  #say(level, message, fields) {
    if (!this.#isShown(level)) return
    this.flush()
    const stream = LEVELS.indexOf(level) >= LEVELS.indexOf('warning') ? process.stderr : process.stdout
    const line = this.#isJSON
      ? JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })
      : `${this.#label(level, stream)}${message}`
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

function accessJSON({ client, method, path, httpVersion, status, isCut, duration, traceparent }) {
  const fields = {
    time: new Date().toISOString(),
    level: 'info',
    message: httpVersion === undefined ? 'websocket' : 'request',
    client,
    method,
    path,
    status,
    duration_ms: Math.round(duration * 1000) / 1000,
  }
  if (isCut === true) fields.incomplete = true
  const trace = traceparent === undefined ? null : TRACEPARENT.exec(traceparent)
  if (trace !== null) fields.trace_id = trace[1]
  return `${JSON.stringify(fields)}\n`
}

/** Whether a terminal shows it. Asked of the descriptor: in a thread the streams do not know. */
function isColoured(descriptor) {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb' && tty.isatty(descriptor)
}

module.exports = { Log, isColoured }

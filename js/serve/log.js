'use strict'

const { STATUS_CODES } = require('node:http')
const tty = require('node:tty')
const { inspect } = require('node:util')
const { raisedBy } = require('./failure')
const { accessLine, exceptionAttributes, jsonLine } = require('./json-lines')
const { LineOutput } = require('./line-output')
const { guardOutput, write } = require('./output')

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical']

const COLOURS = { debug: 36, info: 32, warning: 33, error: 31, critical: 91 }

/**
 * The log of `serve`: lines of text, or of JSON with `--log-format json`. Warnings and errors go to stderr, the rest to
 * stdout.
 */
class Log {
  #isJSON
  #useColors
  #least
  #hasAccess
  #output = new LineOutput()
  // Lines of the access log that were not given to the output, and how many were left out.
  #lines = ''
  #isScheduled = false
  #leftOut = 0
  #write = () => this.#writeAccess()
  #flush = () => this.flush()

  /**
   * @param {object} settings
   * @param {string} settings.logLevel
   * @param {'text' | 'json'} settings.logFormat
   * @param {boolean} settings.accessLog
   * @param {boolean | null} [settings.useColors] `null`: on a terminal.
   */
  constructor({ logLevel, logFormat, accessLog, useColors = null }) {
    this.#useColors = useColors
    this.#isJSON = logFormat === 'json'
    this.#least = LEVELS.indexOf(logLevel)
    this.#hasAccess = accessLog && this.#isShown('info')
    guardOutput()
    process.on('exit', this.#flush)
  }

  /** Whether requests are logged. */
  get hasAccess() {
    return this.#hasAccess
  }

  /** Whether their lines contain the trace id. */
  get hasTraces() {
    return this.#hasAccess && this.#isJSON
  }

  /** The settings of a native server for its access log: see js/native-server/index.js. */
  get accessFormat() {
    if (!this.#hasAccess) return { accessLog: '' }
    return {
      accessLog: this.#isJSON ? 'json' : 'text',
      isColored: this.#hasColours(1),
      statusTexts: Object.entries(STATUS_CODES).flat(),
    }
  }

  /**
   * Also writes the access log of a native server.
   *
   * @param {() => ({ lines: Buffer, leftOut: number } | null)} take returns the server's waiting lines, and how many it
   *   has left out since. The server bounds the lines that wait.
   */
  follow(take) {
    this.#output.follow(() => {
      const taken = take()
      this.#leftOut += taken?.leftOut ?? 0
      return taken?.lines ?? null
    })
  }

  /** Also writes the lines of a thread's stdout. */
  relay(stream) {
    this.#output.relay(stream)
  }

  /** Writes the lines of the server that `follow` was called for. Called when there are some. */
  pull() {
    this.#writeAccess()
  }

  /** @param {string} message @param {object} [attributes] for lines of JSON. */
  debug(message, attributes) {
    this.#log('debug', message, attributes)
  }

  /** Logs at level info. */
  info(message, attributes) {
    this.#log('info', message, attributes)
  }

  /** Logs at level warning. */
  warning(message, attributes) {
    this.#log('warning', message, attributes)
  }

  /** Logs at level error. */
  error(message, attributes) {
    this.#log('error', message, attributes)
  }

  /**
   * Logs a failure with its details. If the app's startup or shutdown failed, the app's message or exception comes
   * first, then the consequence, as in uvicorn.
   *
   * @param {import('./failure').ServeFailure} failure
   * @param {string} [consequence] of a failed startup or shutdown.
   */
  failure({ message, details, phase = null, exception = null }, consequence = 'Exiting.') {
    const conclusion = `Application ${phase} failed. ${consequence}`.trimEnd()
    // The app's message, unless it is the default, which repeats the conclusion.
    const said = message === `Application ${phase} failed` ? [] : [message, ...details]
    if (this.#isJSON) {
      const isSeparate = phase === null || exception !== null || said.length === 0
      const attributes = isSeparate ? exceptionAttributes(exception, details) : { 'error.message': said.join('\n') }
      this.error(phase === null ? message : conclusion, attributes)
      return
    }
    // In one write, because other processes write to the same stream.
    const lines = phase !== null && exception !== null ? details : said
    if (lines.length > 0) this.error(lines.join('\n'))
    if (phase !== null) this.error(conclusion)
  }

  /**
   * Logs an app's exception, or another error of a request, with uvicorn's heading.
   *
   * @param {any} error of the handler's 'error' event.
   */
  exception(error) {
    const code = String(error?.code)
    if (typeof error?.pythonTraceback === 'string') {
      this.failure({ message: 'Exception in ASGI application', ...raisedBy(error) })
    } else if (code.startsWith('ERR_ASGI_') && code !== 'ERR_ASGI_INTERNAL') {
      this.error(error.message)
    } else {
      this.failure({ message: 'Unexpected error in a request', details: inspect(error).split('\n') })
    }
  }

  /**
   * Logs a request. The lines of one turn of Node's loop are written together.
   *
   * @param {object} fields
   * @param {string} fields.client the client's address and port, or empty.
   * @param {string} fields.method
   * @param {string} fields.path with the query.
   * @param {string} [fields.httpVersion] `'1.1'`, `'2'`; absent for a WebSocket.
   * @param {number | string} fields.status; `'accepted'` for a WebSocket.
   * @param {boolean} [fields.isCut] whether the response was incomplete.
   * @param {number} fields.duration ms.
   * @param {string} [fields.traceparent] the header as sent; used if `hasTraces`.
   */
  access(fields) {
    if (!this.#hasAccess) return
    if (this.#output.isFull) {
      this.#leftOut++
      return
    }
    this.#lines += this.#isJSON ? `${accessLine(fields)}\n` : this.#accessText(fields)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#write)
  }

  /** Writes as many pending lines as can be written at once. Called before the process is killed. */
  flush() {
    this.#writeAccess()
    this.#output.flush()
  }

  /** Writes pending lines and waits for a slow reader, unless it stalls. Called before a graceful end. */
  async end() {
    this.#writeAccess()
    await this.#output.end()
    this.#warnOfLeftOut()
  }

  /** With lines of JSON: logs Node's warnings, instead of their text on stderr. */
  takeWarnings() {
    // Without a listener, warnings are off (--no-warnings).
    if (!this.#isJSON || process.listenerCount('warning') === 0) return
    process.removeAllListeners('warning')
    process.on('warning', ({ name, message, code, stack }) => {
      this.warning(message, { 'exception.type': name, 'error.code': code, 'exception.stacktrace': stack })
    })
  }

  /** Writes pending lines and removes listeners. */
  close() {
    this.flush()
    process.off('exit', this.#flush)
  }

  #writeAccess() {
    this.#isScheduled = false
    const lines = this.#lines
    this.#lines = ''
    this.#output.write(lines)
    this.#warnOfLeftOut()
  }

  #warnOfLeftOut() {
    if (this.#leftOut === 0 || this.#output.isFull) return
    const count = this.#leftOut
    this.#leftOut = 0
    this.warning(`Lines left out of the access log, because its reader is too slow: ${count}`)
  }

  #isShown(level) {
    return LEVELS.indexOf(level) >= this.#least
  }

  #log(level, message, attributes) {
    if (!this.#isShown(level)) return
    this.#writeAccess()
    const stream = LEVELS.indexOf(level) >= LEVELS.indexOf('warning') ? process.stderr : process.stdout
    const line = this.#isJSON ? jsonLine(level, message, attributes) : `${this.#label(level, stream)}${message}`
    if (stream === process.stdout) this.#output.write(`${line}\n`)
    else write(stream, `${line}\n`)
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
    return this.#hasColours(stream === process.stderr ? 2 : 1) ? `\x1b[${colour}m${text}\x1b[0m` : text
  }

  #hasColours(descriptor) {
    return this.#useColors ?? isColoured(descriptor)
  }
}

/** Whether a descriptor is a terminal with colors. In a worker thread the streams do not know. */
function isColoured(descriptor) {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb' && tty.isatty(descriptor)
}

module.exports = { Log, isColoured }

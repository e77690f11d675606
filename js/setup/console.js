'use strict'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
// Without a terminal, a step is announced only if it takes long, and then prints its progress at this interval.
const ANNOUNCE_MS = 500
const PROGRESS_MS = 5000

/** Formats a duration: `0.04 s`, `12.3 s`, `2 min 05 s`. */
function duration(milliseconds) {
  const seconds = milliseconds / 1000
  if (seconds < 1) return `${seconds.toFixed(2)} s`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** A step of the set-up. It shows the progress of its tool, and ends once, with `done`, `failed` or `missing`. */
class Step {
  #console
  #title
  #started = Date.now()
  #lastLine = ''
  #lastShown = 0
  #announced = false
  #frame = 0
  #timer

  constructor(console, title) {
    this.#console = console
    this.#title = title
    // Unreferenced: the running tool keeps the process alive, and a step that was never ended must not.
    this.#timer = setInterval(() => this.#tick(), FRAME_MS).unref()
    if (console.live) this.#tick()
  }

  /** Shows a line of the tool's output: in place on a terminal, at intervals elsewhere. */
  progress(line) {
    const text = line.trim()
    if (text !== '') this.#lastLine = text
  }

  /** Ends the step with success. `detail`: the result. */
  done(detail = '') {
    this.#end('ok', detail)
  }

  /** Ends the step with a failure. `detail`: the reason. */
  failed(detail = '') {
    this.#end('failed', detail)
  }

  /** Ends a search that found nothing. A later step may install the missing part. */
  missing(detail = '') {
    this.#end('missing', detail)
  }

  #tick() {
    const elapsed = Date.now() - this.#started
    if (this.#console.live) {
      const text = `${SPINNER[this.#frame++ % SPINNER.length]} ${this.#title} (${duration(elapsed)}) ${this.#lastLine}`
      this.#console.replaceLine(text)
      return
    }
    if (elapsed < ANNOUNCE_MS) return
    if (!this.#announced) {
      this.#announced = true
      this.#lastShown = Date.now()
      this.#console.line(`...      ${this.#title}`)
    } else if (this.#lastLine !== '' && Date.now() - this.#lastShown >= PROGRESS_MS) {
      this.#lastShown = Date.now()
      this.#console.line(`         ${this.#lastLine}`)
      this.#lastLine = ''
    }
  }

  #end(outcome, detail) {
    clearInterval(this.#timer)
    const text = detail === '' ? this.#title : `${this.#title}: ${detail}`
    this.#console.outcome(outcome, text, Date.now() - this.#started)
  }
}

/** The output of the set-up: in place and in colour on a terminal, plain lines elsewhere. */
class Console {
  #stream

  constructor(stream = process.stdout) {
    this.#stream = stream
    // The reader of a pipe may exit first (`npm start | head`), which must not end the set-up.
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error
    })
    this.live = Boolean(stream.isTTY) && process.env.TERM !== 'dumb'
    this.coloured = this.live && !process.env.NO_COLOR
  }

  /** Starts a step. End it with `done`, `missing` or `failed`. */
  step(title) {
    return new Step(this, title)
  }

  /** Prints a line. */
  line(text = '') {
    this.#stream.write(this.live ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  /** Prints a heading between groups of steps. */
  heading(text) {
    this.line()
    this.line(this.coloured ? `\x1b[1m${text}\x1b[0m` : `== ${text} ==`)
  }

  /** Prints the outcome of a step: `ok`, `missing`, `failed`. */
  outcome(outcome, text, milliseconds) {
    const colour = { ok: 32, missing: 33, failed: 31 }[outcome]
    const word = outcome.padEnd(8)
    this.line(`${this.coloured ? `\x1b[${colour}m${word}\x1b[0m` : word} ${text} (${duration(milliseconds)})`)
  }

  /** Shows a line that the next output overwrites. For terminals only. */
  replaceLine(text) {
    const width = this.#stream.columns || 80
    // A line longer than the terminal would wrap, and a wrapped line cannot be overwritten.
    const flat = [...text].slice(0, width - 1).join('')
    this.#stream.write(`\r\x1b[K${flat}`)
  }

  /** Prints an error and its details to stderr. */
  error(message, details = []) {
    if (this.live) this.#stream.write('\r\x1b[K')
    process.stderr.write(`${this.coloured ? `\x1b[31m${message}\x1b[0m` : message}\n`)
    for (const line of details) process.stderr.write(`  ${line}\n`)
  }
}

module.exports = { Console, duration }

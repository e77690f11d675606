'use strict'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
// Without a terminal a step announces itself only when it takes long, and then gives a sign of life now and then.
const ANNOUNCE_MS = 500
const SIGN_OF_LIFE_MS = 5000

/** Seconds as people read them: `0.04 s`, `12.3 s`, `2 min 05 s`. */
function duration(milliseconds) {
  const seconds = milliseconds / 1000
  if (seconds < 1) return `${seconds.toFixed(2)} s`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** One step of the set-up: announced, kept alive by the output of its tool, and ended once. */
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
    // The tool it waits for keeps the process alive; a step that a defect left open must not.
    this.#timer = setInterval(() => this.#tick(), FRAME_MS).unref()
    if (console.live) this.#tick()
  }

  /** Takes a line of a tool's output: shown in place on a terminal, now and then elsewhere. */
  progress(line) {
    const text = line.trim()
    if (text !== '') this.#lastLine = text
  }

  /** Ends the step well. `detail` says what was found or made. */
  done(detail = '') {
    this.#end('ok', detail)
  }

  /** Ends the step: it went wrong. */
  failed(detail = '') {
    this.#end('failed', detail)
  }

  /** Ends the step: what it looked for is not there, and a later step may install it. */
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
    } else if (this.#lastLine !== '' && Date.now() - this.#lastShown >= SIGN_OF_LIFE_MS) {
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

/** What the set-up says, and how: in place and in colour on a terminal, plain lines elsewhere. */
class Console {
  #stream

  constructor(stream = process.stdout) {
    this.#stream = stream
    // Whoever reads the output may leave (`npm start | head`); what runs here does not depend on him.
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error
    })
    this.live = Boolean(stream.isTTY) && process.env.TERM !== 'dumb'
    this.coloured = this.live && !process.env.NO_COLOR
  }

  /** Begins a step. End it with `done`, `missing` or `failed`. */
  step(title) {
    return new Step(this, title)
  }

  /** Prints one whole line. */
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

  /** Shows a line that the next output overwrites; only on a terminal. */
  replaceLine(text) {
    const width = this.#stream.columns || 80
    // A line longer than the terminal would wrap, and a wrapped line cannot be overwritten.
    const flat = [...text].slice(0, width - 1).join('')
    this.#stream.write(`\r\x1b[K${flat}`)
  }

  /** Prints an error for people, on the standard error stream: its message and the lines that belong to it. */
  error(message, details = []) {
    if (this.live) this.#stream.write('\r\x1b[K')
    process.stderr.write(`${this.coloured ? `\x1b[31m${message}\x1b[0m` : message}\n`)
    for (const line of details) process.stderr.write(`  ${line}\n`)
  }
}

module.exports = { Console, duration }

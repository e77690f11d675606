'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const readline = require('node:readline')
const { which } = require('../../js/setup/child-processes')
const { afterwards } = require('./afterwards')

/** Where Debian has servers, which is not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']

/** The full path of a program, or `undefined`. */
function find(name) {
  return which(name, [process.env.PATH, ...SERVER_FOLDERS].join(path.delimiter))
}

/** A program that runs during the test, and the lines that it prints. */
class Program {
  /** Its lines so far, of stdout and stderr. */
  lines = []
  /** Whether it has ended, and accepts no connections any more. */
  hasEnded = false
  #child
  #ended
  #waiting = new Set()

  /**
   * Starts it; it is ended after the test, if it has not been by then.
   *
   * @param {object} t the test.
   * @param {string} file
   * @param {string[]} args
   * @param {{ cwd?: string, env?: object, end?: string }} [options] `env`: variables in addition to those of the test; `end`: the
   *   signal that ends it after the test, default SIGKILL.
   */
  constructor(t, file, args, { cwd, env, end = 'SIGKILL' } = {}) {
    this.name = path.basename(file)
    const stdio = ['ignore', 'pipe', 'pipe']
    this.#child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio })
    this.#ended = once(this.#child, 'exit').then((how) => {
      this.hasEnded = true
      return how
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      readline.createInterface({ input: stream }).on('line', (line) => this.#printed(line))
    }
    this.#child.once('close', () => this.#printed(null))
    afterwards(t, 'programs', () => this.kill(end))
  }

  get pid() {
    return this.#child.pid
  }

  /**
   * Gives the first line that matches, of those from a certain one on: waits until it is printed.
   *
   * @param {RegExp} pattern
   * @param {number} [from] index into `lines`.
   * @returns {Promise<RegExpExecArray>} rejects when the program ends without having printed it.
   */
  line(pattern, from = 0) {
    return new Promise((resolve, reject) => {
      const look = (line) => {
        if (line === null) {
          const how = this.#child.signalCode ?? this.#child.exitCode
          reject(new Error(`${this.name} ended (${how}) without printing ${pattern}:\n${this.lines.join('\n')}`))
          return true
        }
        const found = pattern.exec(line)
        if (found !== null) resolve(found)
        return found !== null
      }
      if (!this.lines.slice(from).some(look)) this.#waiting.add(look)
    })
  }

  /** Sends a signal. */
  signal(name) {
    this.#child.kill(name)
  }

  /**
   * Waits for its end.
   *
   * @returns {Promise<[number | null, string | null]>} exit code and signal.
   */
  ended() {
    return this.#ended
  }

  /** Kills it, or sends another signal. */
  async kill(signal = 'SIGKILL') {
    this.signal(signal)
    await this.#ended
  }

  #printed(line) {
    if (line !== null) this.lines.push(line)
    for (const look of this.#waiting) {
      if (look(line)) this.#waiting.delete(look)
    }
  }
}

module.exports = { Program, find }

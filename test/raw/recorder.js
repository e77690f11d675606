'use strict'

const { once } = require('node:events')
const { StatelessServer } = require('../..')
const { openRaw } = require('./support')

/** Records its calls, and the events that its apps send. */
class Recorder extends StatelessServer {
  sent = []
  exceptions = []
  #waiting = []

  constructor(handler, options, handle = (signal) => aborted(signal)) {
    super(handler, options)
    this.handle = handle
  }

  async applicationSend(scope, event) {
    this.sent.push({ id: scope.id, event })
    for (const check of [...this.#waiting]) check()
  }

  async applicationException(error, details) {
    this.exceptions.push({ error, details })
    for (const check of [...this.#waiting]) check()
  }

  /** Waits until something that is recorded makes a condition true. */
  until(isTrue) {
    return new Promise((resolve) => {
      const check = () => {
        if (!isTrue()) return
        this.#waiting.splice(this.#waiting.indexOf(check), 1)
        resolve()
      }
      this.#waiting.push(check)
      check()
    })
  }

  /** The run of the app with an id. */
  get(id) {
    return this.getOrCreateApplicationInstance(id, { type: 'talk', id })
  }
}

function aborted(signal) {
  return signal.aborted ? undefined : once(signal, 'abort')
}

/** Runs a Recorder until the end of the test, or `end()`. */
function run(t, options, handle) {
  const raw = openRaw(t)
  const server = new Recorder(raw.handler, options, handle)
  server.applicationCheckerInterval = 5
  const ending = new AbortController()
  const running = server.run(ending.signal)
  const end = () => {
    ending.abort()
    return running
  }
  t.after(() => Promise.allSettled([end()]))
  return { ...raw, server, running, end }
}

module.exports = { Recorder, aborted, run }

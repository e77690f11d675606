'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { setTimeout: setTimeoutPromise } = require('node:timers/promises')
const { PythonHandler } = require('../..')
const { core } = require('../../js/binding')
const { openApp } = require('../support')

/** The folder of the apps that misbehave. */
const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'faults')

/** The driver that handlers of these tests get where they do not say. */
const isHosted = process.env.PYTHON_NODE_THREAD === 'node'

/** ms of time limits that are not the subject of a test. */
const LIMIT = 20000

/** The body of `Fixtures/apps/answers_when.py` as text. */
const textOf = async (handler, url) => (await handler.handleRequest({ url })).body.toString()

/** The outcome of a request, in plain values: `{ status, body }` or `{ code, message, pythonType }`. */
function outcomeOf(promise) {
  return promise.then(
    ({ status, body }) => ({ status, body: body.toString() }),
    ({ code, message, pythonType }) => ({ code, message, pythonType }),
  )
}

/** Waits until nothing of any request is left in this thread; fails when that takes longer than `LIMIT`. */
async function settled(...handlers) {
  const end = Date.now() + LIMIT
  const left = () => [core.slots.live, ...handlers.map((handler) => handler.stats().inFlight)]
  // A thread of a server may not have received the app's last action yet.
  while (left().some((count) => count > 0) && Date.now() < end) await new Promise(setImmediate)
  assert.deepEqual(left(), [0, ...handlers.map(() => 0)])
}

/** An app that misbehaves, and another one that must still be served. */
class Scene {
  /**
   * @param {object} t the test, at whose end both are closed.
   * @param {string} name of a file of Fixtures/faults, without its extension; perhaps with `:attribute`.
   * @param {object} [options] the handler's.
   */
  constructor(t, name, options) {
    this.handler = new PythonHandler(name.includes(':') ? name : `${name}:app`, { docroot, ...options })
    t.after(() => this.handler.close({ timeout: 0 }))
    this.others = openApp(t, 'answers_when')
  }

  /**
   * Sends a request, with others before, during and after it, all of which have to be answered; afterwards
   * nothing may be left of any.
   *
   * @param {string | object} request
   * @returns {Promise<object>} see outcomeOf.
   */
  async outcome(request) {
    const ways = ['timer', 'thread', 'task']
    const before = ways.map((way) => textOf(this.others, `/${way}/before`))
    const outcome = outcomeOf(this.handler.handleRequest(typeof request === 'string' ? { url: request } : request))
    const beside = ['now', ...ways].map((way) => textOf(this.others, `/${way}/beside`))
    const result = await outcome
    assert.equal(await textOf(this.others, '/turn/behind'), 'behind')
    assert.deepEqual(await Promise.all(before), ['before', 'BEFORE', 'before'])
    assert.deepEqual(await Promise.all(beside), ['beside', 'beside', 'BESIDE', 'beside'])
    await settled(this.handler, this.others)
    return result
  }

  /** As `outcome`; the app has to answer with this, as JSON. */
  async answers(request, expected) {
    const { status, body, message } = await this.outcome(request)
    assert.equal(status, 200, message)
    assert.deepEqual(JSON.parse(body), expected)
  }

  /** As `outcome`; the request has to fail with what the app raised. */
  async raises(request, pythonType, message) {
    const text = `Python error: ${pythonType}: ${message}`
    assert.deepEqual(await this.outcome(request), { code: 'ERR_ASGI_PYTHON', message: text, pythonType })
  }
}

/**
 * Runs a program of this folder, with all that it starts, in a group of processes of its own, which does not outlive it.
 *
 * @param {string} name the program's, without its extension.
 * @param {string[]} [args]
 * @param {object} [options]
 * @param {number} [options.timeout] ms after which it is killed.
 * @param {Record<string, string>} [options.env] variables in addition to those of this process.
 * @param {boolean} [options.ipc] with a channel to this process.
 * @param {number[]} [options.without] descriptors of 0 to 2 that it is started without.
 * @param {(child: import('node:child_process').ChildProcess) => void} [options.onStart] is given the process.
 * @returns {Promise<{ status: number | null, signal: string | null, stdout: string, stderr: string, late: boolean,
 *   left: boolean }>} `late`: it was killed; `left`: a child process of it was still alive 3 s later.
 */
async function run(name, args = [], { timeout = LIMIT, env = {}, ipc = false, without = [], onStart } = {}) {
  const closed = `exec "$0" "$@" ${without.map((descriptor) => `${descriptor}>&-`).join(' ')}`
  const program = ['-c', closed, process.execPath, path.join(__dirname, `${name}.js`), ...args]
  const stdio = ['pipe', 'pipe', 'pipe', ...(ipc ? ['ipc'] : [])]
  const child = spawn('sh', program, { detached: true, stdio, env: { ...process.env, ...env } })
  // Not its 'close', which does not come where the channel is closed here.
  const exit = once(child, 'exit')
  const outputs = ['stdout', 'stderr'].map((stream) => once(child[stream], 'close'))
  const said = { stdout: '', stderr: '' }
  for (const stream of Object.keys(said)) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text
    })
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    signalGroup(child, 'SIGKILL')
  }, timeout)
  onStart?.(child)
  const [status, signal] = await exit
  clearTimeout(timer)
  // Its child processes may hold its output open: they get some time to end, and are then killed.
  const end = Date.now() + 3000
  while (!late && Date.now() < end && signalGroup(child, 0)) await setTimeoutPromise(20)
  const left = signalGroup(child, 'SIGKILL')
  await Promise.all(outputs)
  return { status, signal, ...said, late, left }
}

/** Sends a signal, or 0 for none, to a process and all its children; returns whether any is alive. */
function signalGroup(child, signal) {
  try {
    return process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
    return false
  }
}

/**
 * Asks an app of Fixtures/faults in a process of its own, with other requests in flight at the same time: see alone.js.
 *
 * @param {string} app the file's name, without its extension.
 * @param {string[]} steps urls, or names of alone.js' own steps.
 * @param {object} [options] `handler`: the handler's options; `end`: `'natural'`, `'exit'` or `'close'`; those of `run`.
 * @returns {Promise<object>} what `run` gives, and `outcomes`, `others`, `inFlight` and `live`.
 */
async function askAlone(app, steps, { handler = {}, end = 'natural', ...options } = {}) {
  const result = await run('alone', [JSON.stringify({ app, steps, handler, end })], options)
  const line = result.stdout.split('\n').find((text) => text.startsWith('{'))
  assert.ok(line !== undefined, `${result.signal ?? result.status}: ${result.stderr}`)
  return { ...result, ...JSON.parse(line) }
}

/**
 * Like askAlone, for an app that must not harm others: all other requests are answered, nothing is left, and the
 * process ends by itself, without a child that goes on.
 *
 * @returns {Promise<any[]>} for each step the app's answer, read as JSON, or what askAlone has.
 */
async function survive(app, steps, options) {
  const { status, signal, late, left, stderr, outcomes, ...rest } = await askAlone(app, steps, options)
  const { others, inFlight, live } = rest
  assert.deepEqual({ status, signal, late, left, others, inFlight, live }, {
    status: 0,
    signal: null,
    late: false,
    left: false,
    others: steps.map(() => 'all answered'),
    inFlight: 0,
    live: 0,
  }, stderr)
  return outcomes.map((outcome) => outcome.status === 200 ? JSON.parse(outcome.body) : outcome)
}

module.exports = { LIMIT, Scene, askAlone, docroot, isHosted, outcomeOf, run, settled, survive, textOf }

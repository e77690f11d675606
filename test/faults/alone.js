'use strict'

// Asks an app of Fixtures/faults for what the first argument says, JSON with `app`, `steps`, `handler` and `end`, and
// prints what came of it, as JSON.

const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { PythonHandler } = require('../..')
const { core } = require('../../js/binding')
const { docroot, outcomeOf, settled, textOf } = require('./support')
const { until } = require('../support')

/** An access past the end of WebAssembly's memory: (func (export "f") (result i32) (i32.load (i32.const -1))). */
const TRAP = [
  '0061736d01000000',
  '0105016000017f',
  '03020100',
  '0503010001',
  '07050101660000',
  '0a09010700417f2802000b',
].join('')

/** What Node's own listeners have heard of signals. */
const heard = []

const listeners = new Map(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2'].map((signal) => [
  signal,
  () => heard.push(signal),
]))

let child

/** What is done in Node between requests. */
const STEPS = {
  'Node listens'() {
    for (const [signal, listener] of listeners) process.on(signal, listener)
    return heard
  },

  'Node listens no more'() {
    for (const [signal, listener] of listeners) process.off(signal, listener)
    return heard
  },

  'what Node has heard': () => heard,

  /** Makes Node's streams, which makes the pipes that they are for non-blocking. */
  async 'Node writes'() {
    for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('\n', resolve))
  },

  /** Sends this process SIGTERM, and waits until a listener of Node has heard it; says how often Python has heard one. */
  async 'SIGTERM for Node'() {
    const before = heard.length
    process.kill(process.pid, 'SIGTERM')
    await until(() => heard.length > before, 'Node hears SIGTERM')
    return Number(process.env.PYTHON_NODE_HEARD ?? 0)
  },

  /** Sends this process SIGTERM, and waits until Python has heard it, though it has nothing else to do; says what Node heard. */
  async 'SIGTERM for Python'() {
    const before = process.env.PYTHON_NODE_HEARD
    process.kill(process.pid, 'SIGTERM')
    await until(() => process.env.PYTHON_NODE_HEARD !== before, 'Python hears SIGTERM')
    return heard
  },

  'a child begins'() {
    child = spawn('cat')
  },

  /** Ends that child, which Node and Python have to be told of. */
  async 'the child ends'() {
    const before = process.env.PYTHON_NODE_HEARD
    const exit = once(child, 'exit')
    child.stdin.end()
    await exit
    await until(() => process.env.PYTHON_NODE_HEARD !== before, "Python hears of its child's end")
    return 'noticed'
  },

  /** What a child has got and how it has ended. */
  'a child of Node'() {
    const { stdout, status } = spawnSync('cat', { input: 'in' })
    return [stdout.toString(), status]
  },

  'a trap of WebAssembly'() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(TRAP, 'hex')))
    try {
      exports.f()
    } catch (error) {
      return error.name
    }
    return 'no trap'
  },

  /** Sends this process SIGINT, which Python has taken over, and waits until the app says so. */
  async 'interrupt'(handler) {
    process.kill(process.pid, 'SIGINT')
    let times = 0
    await until(async () => (times = JSON.parse(await textOf(handler, '/interrupted'))) > 0, 'Python is interrupted')
    return times
  },

  /** Sends requests while the app runs its loop inside of the callback that has called it. */
  async 'requests for an inner loop'(handler) {
    const outer = textOf(handler, '/nested_at_once')
    await until(() => process.env.PYTHON_NODE_INNER !== undefined, 'the inner loop runs')
    const others = await Promise.all([textOf(handler, '/nested'), textOf(handler, '/nested')])
    return [await outer, ...others].map(JSON.parse)
  },

  'the environment': () => [process.env.PYTHON_NODE_FAULT ?? null, process.env.PATH ?? null],

  'the folder': () => process.cwd(),
}

async function main({ app, steps, handler: options, end }) {
  const handler = new PythonHandler(`${app}:app`, { docroot, responseTimeout: 15000, ...options })
  const apps = path.join(docroot, '..', 'apps')
  const witness = new PythonHandler('answers_when:app', { docroot: apps, responseTimeout: 15000 })
  const outcomes = []
  const others = []
  for (const step of steps) {
    const beside = ['timer', 'thread', 'task'].map((way) => textOf(witness, `/${way}/beside`))
    const all = Promise.all(beside).then((texts) => texts.join())
    if (step in STEPS) outcomes.push({ status: 200, body: JSON.stringify(await STEPS[step](handler) ?? null) })
    else outcomes.push(await outcomeOf(handler.handleRequest({ url: step })))
    const [before, behind] = await Promise.all([all, textOf(witness, '/turn/behind')]).catch(({ code }) => [code])
    others.push(`${before} ${behind}` === 'beside,BESIDE,beside behind' ? 'all answered' : `${before} ${behind}`)
  }
  await settled()
  console.log(JSON.stringify({ outcomes, others, inFlight: handler.stats().inFlight, live: core.slots.live }))
  if (end === 'exit') process.exit(7)
  if (end === 'close') await Promise.all([handler.close(), witness.close()])
}

main(JSON.parse(process.argv[2]))

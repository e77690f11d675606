'use strict'

// Calls plain Python functions inside this process, and the same behind a server: node functions.js THREAD, started by
// rivals.js.

const path = require('node:path')
const { PythonHandler } = require('../../..')
const { APPS } = require('../apps')
const { HEADERS, expectHello, keepInFlight, keepMoving, serveTasks } = require('../flight')

const [thread] = process.argv.slice(2)
const MODELS = path.join(APPS, '..', 'models')

/** The arguments of the functions. */
const MEASUREMENTS = Float32Array.from([0.1, 0, 0, 0, 4, 0.2, 4, 0, 0, 4, 0.3, 4])
const ROW = new Float32Array(256).fill(3)
const LARGE = new Float32Array(2 << 20).fill(1.5)
const PROMPT = 'Once upon a time'
const TOKENS = 100

function expect(isRight) {
  if (!isRight) throw new Error('a wrong answer')
}

const app = new PythonHandler('hello:app', { docroot: APPS, thread })
const models = new PythonHandler({ docroot: MODELS, appTarget: null, thread })
const sums = (options) => app.function('sums:add', options)
const functions = {
  add: sums({ inline: true }),
  addInThread: sums({}),
  echo: app.function('sums:echo', { inline: true }),
  classify: models.function('classifier:classify', { inline: true }),
  run: models.function('network:run', { inline: true }),
  write: models.function('tokens:write', { inline: true }),
}

/** @param {string} url @param {BodyInit} body */
async function post(url, body) {
  const response = await fetch(url, { method: 'POST', body })
  expect(response.status === 200)
  return response
}

/** One call of each kind. `url`: of the service. */
const calls = {
  async hello() {
    const { status, body } = await app.handleRequest({ method: 'GET', url: '/hello', headers: HEADERS })
    expectHello(status, body.length)
  },
  add: async () => expect(await functions.add(1, 2) === 3),
  addInThread: async () => expect(await functions.addInThread(1, 2) === 3),
  async echo() {
    const array = await functions.echo(LARGE)
    expect(array.length === LARGE.length && array.at(-1) === 1.5)
  },
  classify: async () => expect((await functions.classify(MEASUREMENTS)).length === 3),
  async classifyByFetch(url) {
    const response = await post(`${url}/classify`, JSON.stringify([...MEASUREMENTS]))
    expect((await response.json()).length === 3)
  },
  run: async () => expect((await functions.run(ROW))[255] === 2),
  async runByFetch(url) {
    const response = await post(`${url}/run`, ROW)
    expect(new Float32Array(await response.arrayBuffer())[255] === 2)
  },
  async write() {
    let count = 0
    for await (const { index } of functions.write(PROMPT, TOKENS)) expect(index === count++)
    expect(count === TOKENS)
  },
  async writeByFetch(url) {
    const response = await fetch(`${url}/write?prompt=${encodeURIComponent(PROMPT)}&count=${TOKENS}`)
    let count = 0
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()
      for (const line of lines) expect(JSON.parse(line).index === count++)
    }
    expect(count === TOKENS)
  },
}

serveTasks(({ what, url, bytes, ...task }) => {
  const call = () => calls[what](url)
  return bytes === undefined ? keepInFlight(call, task) : keepMoving(call, { bytes, ...task })
})

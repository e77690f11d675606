'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Request } = require('../..')
const { Scene, settled } = require('../faults/support')

/** The keys of each message that Fixtures/faults/odd_apps.py gives odd values, and the extensions that are wanted for it. */
const MESSAGES = {
  'http.response.start': ['type', 'status', 'headers', 'trailers', 'anything'],
  'http.response.body': ['type', 'body', 'more_body'],
  'http.response.trailers': ['headers', 'more_trailers'],
  'http.response.early_hint': ['links'],
  'http.response.pathsend': ['path'],
  'http.response.zerocopysend': ['file', 'offset', 'count', 'more_body'],
  event: ['event'],
}
const SOCKET_MESSAGES = {
  'websocket.accept': ['type', 'subprotocol', 'headers'],
  'websocket.send': ['type', 'text', 'bytes'],
  'websocket.close': ['code', 'reason'],
  'websocket.http.response.start': ['status', 'headers'],
  'websocket.http.response.body': ['body', 'more_body'],
}

/** The outcome of a request: a response, or a failure with a code. */
function outcomeOf(answer) {
  return answer.then(({ body }) => body.toString(), (error) => {
    assert.match(error.code, /^ERR_ASGI_/)
    return error.pythonType ?? error.code
  })
}

async function namesOf(scene, kind) {
  return JSON.parse((await scene.handler.handleRequest({ url: '/names' })).body)[kind]
}

/** Others are answered, and nothing is left. */
async function othersAreServed(scene) {
  for (const way of ['now', 'turn', 'timer', 'body']) {
    assert.equal((await scene.others.handleRequest({ url: `/${way}/text` })).body.toString(), 'text')
  }
  await settled(scene.handler, scene.others)
}

for (const [message, keys] of Object.entries(MESSAGES)) {
  for (const key of keys) {
    test(`odd values of '${key}' in '${message}' are refused or sent, and harm no other request`, async (t) => {
      const scene = new Scene(t, 'odd_apps')
      scene.handler.on('error', () => undefined)
      const names = await namesOf(scene, 'values')
      const answers = names.map((name) => scene.handler.handleRequest({ url: `/values/${message}/${key}/${name}` }))
      await Promise.all(answers.map(outcomeOf))
      await othersAreServed(scene)
    })
  }
}

/** Opens a WebSocket and reads it to its end. */
async function converse(handler, url) {
  const request = new Request({ websocket: true, url })
  const socket = await handler.handleStream(request)
  const messages = []
  for (let message; (message = await socket.nextMessage()) !== null;) messages.push(String(message))
  return { body: messages.join() }
}

for (const [message, keys] of Object.entries(SOCKET_MESSAGES)) {
  for (const key of keys) {
    test(`odd values of '${key}' in '${message}' are refused or sent, and harm no other request`, async (t) => {
      const scene = new Scene(t, 'odd_apps')
      scene.handler.on('error', () => undefined)
      const names = await namesOf(scene, 'values')
      const ends = names.map((name) => converse(scene.handler, `/values/${message}/${key}/${name}`))
      await Promise.all(ends.map(outcomeOf))
      await othersAreServed(scene)
    })
  }
}

/** A streamed answer, read to its end. */
async function wholeOf(handler, url) {
  const stream = await handler.handleStream({ url })
  const chunks = []
  for (let chunk; (chunk = await stream.next()) !== null;) chunks.push(chunk)
  return { body: Buffer.concat(chunks) }
}

for (const kind of ['returns', 'does']) {
  test(`an app that ${kind} odd things harms no other request`, async (t) => {
    const scene = new Scene(t, 'odd_apps')
    scene.handler.on('error', () => undefined)
    for (const name of await namesOf(scene, kind)) {
      for (let round = 0; round < 3; round++) {
        t.diagnostic(`${name}: ${(await outcomeOf(wholeOf(scene.handler, `/${kind}/${name}`))).slice(0, 60)}`)
        await othersAreServed(scene)
      }
    }
  })
}

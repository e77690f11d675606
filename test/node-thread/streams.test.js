'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { Request } = require('../..')
const { PythonHandler: AddonHandler } = require('../../python-node.node')
const { listen, send, serve, until } = require('../support')
const { docroot, driver, open, textOf, turn } = require('./support')

async function rest(response) {
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('a body streams to the application and back, piece by piece', async (t) => {
  const handler = open(t, 'echo_stream')
  const request = new Request({ method: 'POST', url: '/' })
  const response = await handler.handleStream(request)
  for (const chunk of ['one', 'two', 'three']) {
    await request.write(chunk)
    assert.equal((await response.next()).toString(), chunk)
  }
  await request.end()
  assert.equal(await response.next(), null)
})

test('large bodies go both ways at once, as fast as the slower side', async (t) => {
  const handler = open(t, 'echo_stream')
  const sent = Buffer.alloc(8 << 20, 'python-node')
  const request = new Request({ method: 'POST', url: '/' })
  const response = await handler.handleStream(request)
  const received = rest(response)
  for (let at = 0; at < sent.length; at += 100000) await request.write(sent.subarray(at, at + 100000))
  await request.end()
  assert.ok((await received).equals(sent))
})

test("the app's send() waits while the response is not read", async (t) => {
  const handler = open(t, 'flood', { highWaterMark: 1 << 20 })
  const response = await handler.handleStream({ url: '/flood/unread' })
  let before = -1
  let sent = 0
  // Until it stands still: then it waits.
  await until(async () => {
    before = sent
    for (let turns = 0; turns < 10; turns++) await turn()
    sent = Number(await textOf(handler, '/sent/unread'))
    return sent === before && sent > 0
  }, 'the app waits')
  assert.ok(sent < 64, `${sent} of 1024 chunks`)
  assert.equal((await rest(response)).length, 1024 * 65536)
  assert.equal(await textOf(handler, '/sent/unread'), '1024')
})

test('write() waits while the application does not read', async (t) => {
  const handler = open(t, 'flood')
  const request = new Request({ method: 'POST', url: '/hold/slow' })
  const response = handler.handleRequest(request)
  let written = 0
  const writing = (async () => {
    for (let number = 0; number < 64; number++) {
      await request.write(Buffer.alloc(65536))
      written++
    }
    await request.end()
  })()
  await textOf(handler, '/sent/none')
  for (let turns = 0; turns < 20; turns++) await turn()
  assert.ok(written < 64, `${written} of 64 chunks`)
  await textOf(handler, '/read/slow')
  await writing
  assert.equal((await response).body.toString(), `${64 * 65536}`)
})

test('pause() holds callbacks back, and resume() lets them go on', async (t) => {
  const handler = new AddonHandler('answers_when:app', { docroot, ...driver })
  t.after(() => handler.close({ timeout: 0 }))
  let text = ''
  let response
  await new Promise((resolve, reject) => {
    const onData = (chunk) => {
      text += chunk
      response.pause()
      resumeLater(text).catch(reject)
    }
    const resumeLater = async (before) => {
      await handler.handleRequest({ url: '/timer/x' })
      assert.equal(text, before)
      response.resume()
    }
    const streaming = handler.handleStream({ url: '/chunks/abcdef' }, { onData, onEnd: resolve, onError: reject })
    streaming.then((given) => (response = given), reject)
  })
  assert.equal(text, 'abcdef')
})

for (const protocol of ['http', 'https', 'h2']) {
  test(`a server answers many clients at once: ${protocol}`, async (t) => {
    const request = await serve(t, protocol, open(t, 'answers_when').listener)
    const ways = ['now', 'turn', 'timer', 'task', 'chunks', 'now', 'body']
    const asked = Array.from({ length: 70 }, (_, number) => [ways[number % ways.length], `text${number}`])
    const answers = await Promise.all(asked.map(([way, text]) => {
      return way === 'body'
        ? request({ method: 'POST', path: `/${way}/${text}`, body: 'sent' })
        : request({ path: `/${way}/${text}` })
    }))
    assert.deepEqual(
      answers.map(({ status, body }) => `${status} ${body}`),
      asked.map(([way, text]) => `200 ${text}${way === 'body' ? 'sent' : ''}`),
    )
  })
}

test('a client of the server that leaves is a disconnect', async (t) => {
  const handler = open(t, 'notice_disconnect')
  const port = await listen(t, http.createServer(handler.listener))
  for (const kind of ['stream', 'upload']) {
    const client = http.request({ host: '127.0.0.1', port, method: 'POST', path: `/${kind}/left-${kind}` })
    client.on('error', () => undefined)
    client.write('start')
    const [response] = await once(client, 'response')
    response.on('error', () => undefined)
    assert.equal((await once(response, 'data'))[0].toString(), 'first')
    client.destroy()
    assert.equal(await textOf(handler, `/seen/left-${kind}`), 'http.disconnect')
  }
  assert.equal((await send({ port, path: '/ping/' })).status, 200)
})

test('a WebSocket in the process sends messages there and back', async (t) => {
  const handler = open(t, 'ws_echo')
  const sockets = await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    const request = new Request({ websocket: true, url: `/${number}` })
    return { request, socket: await handler.handleStream(request) }
  }))
  for (let round = 0; round < 5; round++) {
    const echoes = sockets.map(async ({ request, socket }, number) => {
      await request.write(`${round} ${number}`)
      assert.equal(await socket.nextMessage(), `${round} ${number}`)
    })
    await Promise.all(echoes)
  }
  for (const { request, socket } of sockets) {
    await request.end(1000, 'bye')
    assert.equal(await socket.nextMessage(), null)
  }
})

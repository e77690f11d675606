'use strict'

const assert = require('node:assert/strict')
const http2 = require('node:http2')
const net = require('node:net')
const { test } = require('node:test')
const { Answers, pairOf, textOf } = require('../fuzz/pairs')
const { Random } = require('../fuzz/random')
const { run } = require('../serve/support')
const { makeFolder, selfSigned, sendHTTP2 } = require('../support')
const { docroot, serveHostile } = require('./support')

const APP = 'names_its_request'

/** In total; `npm run test:hostile` asks for more. */
const REQUESTS = Number(process.env.HOSTILE_REQUESTS ?? 2000)

/** The same each time, unless another one is given. */
const SEED = Number(process.env.HOSTILE_SEED ?? 4711)

const CONNECTIONS = 16

/** Who answers: the part of the requests, and the port of a server that has begun. */
const servers = {
  serve: { share: 0.3, start: (t) => serveApp(t), upgrades: true, converse },
  workers: { share: 0.2, start: (t) => serveApp(t, ['--workers', '2']), upgrades: true, converse },
  // Its 'upgrade' event has every upgrade, and knows WebSockets alone.
  "one's own server": { share: 0.3, start: serveOwn, upgrades: false, converse },
  'serve over HTTP/2': { share: 0.2, start: (t) => serveApp(t, withTLS(t)), converse: converseHTTP2 },
}

async function serveApp(t, args = []) {
  const running = run(t, ['serve', `${APP}:app`, '--app-dir', docroot, '--port', '0', '--no-access-log', ...args])
  const [, url] = await running.says(/"?Listening on ([^\s"]+)/)
  return Number(new URL(url).port)
}

async function serveOwn(t) {
  // The listener's reports of apps that raise.
  t.mock.method(console, 'error', () => undefined)
  return (await serveHostile(t, APP)).port
}

function withTLS(t) {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  return ['--http2', '--ssl-certfile', `${folder}/both.pem`]
}

for (const [where, { share, start, upgrades, converse }] of Object.entries(servers)) {
  const requests = REQUESTS * share
  test(`each answer of ${requests} is that of its request: ${where}`, { timeout: Infinity }, async (t) => {
    const port = await start(t)
    let left = requests
    let number = 0
    const client = async () => {
      while (left > 0) {
        const connection = ++number
        const random = new Random(SEED, where, connection)
        const count = Math.min(left, random.from(1, 30))
        left -= count
        try {
          await converse(port, random, connection, count, upgrades)
        } catch (error) {
          error.message = `connection ${connection} of seed ${SEED}: ${error.message}`
          throw error
        }
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, client))
  })
}

/** Sends requests over one connection, some of them together, and reads their answers. */
async function converse(port, random, connection, count, upgrades) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  const answers = new Answers()
  let failure = null
  let wake = () => undefined
  socket.on('data', (chunk) => {
    try {
      answers.take(chunk)
    } catch (error) {
      failure = error
      socket.destroy()
    }
    wake()
  })
  // Where an answer ends the connection, what is still to be read of an upload makes it a reset.
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => {
    socket.on('close', () => {
      wake()
      resolve()
    })
  })
  for (let sent = 0; sent < count && !socket.destroyed;) {
    const together = Math.min(count - sent, random.from(1, 8))
    const requests = Array.from({ length: together }, (_, index) => {
      return pairOf(random, `${connection}-${sent + index}`, { isLast: sent + index === count - 1, upgrades })
    })
    sent += together
    for (const request of requests) answers.expect(request)
    await write(socket, random, Buffer.concat(requests.map(({ bytes }) => bytes)))
    // A client may send on without reading, but Node does not send it data that is unread at the client's end.
    if (sent < count && random.once(3)) continue
    while (answers.count < sent && !socket.destroyed) await new Promise((resolve) => (wake = resolve))
  }
  socket.end()
  await closed
  if (failure !== null) throw failure
  answers.end()
}

/** Writes in pieces of any size, some of them in turns of their own. */
async function write(socket, random, bytes) {
  const most = bytes.length > 2000 ? 100_000 : random.of([7, 100, 100_000, 100_000])
  for (let at = 0; at < bytes.length && !socket.destroyed;) {
    const length = random.from(1, most)
    socket.write(bytes.subarray(at, at + length))
    at += length
    if (random.once(3)) await new Promise(setImmediate)
  }
}

/** Sends requests over one session, all of them together. */
async function converseHTTP2(port, random, connection, count) {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  try {
    await Promise.all(Array.from({ length: count }, async (_, index) => {
      const request = pairOf(random, `${connection}-${index}`)
      const { method, kind, name } = request
      const answer = await sendHTTP2(session, { ':method': method, ':path': `/${kind}/${name}` }, request.body)
      assert.equal(answer.headers[':status'], request.status)
      assert.equal(answer.headers['x-request'], request.status === 500 ? undefined : name)
      assert.equal(answer.body.toString('latin1'), textOf(request))
    }))
  } finally {
    session.destroy()
  }
}

test('an answer that is not the one of its request is noticed', () => {
  const request = { ...pairOf(new Random(SEED), '1-1'), method: 'GET', kind: 'whole', status: 200 }
  const text = 'GET 1-2 0 0'
  const answers = new Answers()
  answers.expect(request)
  const wrong = `HTTP/1.1 200 OK\r\nx-request: 1-2\r\ncontent-length: ${text.length}\r\n\r\n${text}`
  assert.throws(() => answers.take(Buffer.from(wrong)), assert.AssertionError)
  assert.throws(() => answers.end(), assert.AssertionError)
})

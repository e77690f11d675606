'use strict'

// Bodies that are files, sent by the system: http.response.pathsend and http.response.zerocopysend.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, until } = require('../support')
const { connect, serveNatively } = require('./support')

const SIZE = 8 << 20
const CONTENT = Buffer.alloc(SIZE, Buffer.from(Array.from({ length: 251 }, (_, at) => at)))

/** Serves the app, and makes a file with the content. */
async function serve(t) {
  const served = await serveNatively(t, 'sends_files_as_told')
  const folder = makeFolder(t, {})
  const file = path.join(folder, 'file')
  fs.writeFileSync(file, CONTENT)
  return { ...served, folder, file, errors: errorsOf(served.handler) }
}

function errorsOf(handler) {
  const errors = []
  handler.on('error', (error) => errors.push(error))
  return errors
}

const target = (...steps) => `/?${encodeURIComponent(JSON.stringify(steps))}`
const request = (steps, method = 'GET', version = '1.1') =>
  `${method} ${target(...steps)} HTTP/${version}\r\nHost: a\r\n\r\n`

/** Waits until a file is being sent. */
async function beginsToSend({ server }) {
  await until(() => server.stats().files > 0, 'a file is being sent')
}

/** Waits until no file is being sent. */
async function sent({ server }) {
  await until(() => server.stats().files === 0 && server.stats().inFlight === 0, 'no file is being sent')
}

test('a file, its parts and bodies between them come in their order, framed in each way', async (t) => {
  const served = await serve(t)
  const { ask, file } = served
  const length = ['content-length', String(SIZE)]
  for (const headers of [[], [length]]) {
    const whole = await ask(target(['start', headers], ['path', file]))
    assert.ok(whole.body.equals(CONTENT))
    const cut = 3 << 20
    const steps = [['part', file, 0, cut], ['part', file, cut, 0], ['part', file, cut, null]]
    const parts = await ask(target(['start', headers], ...steps, ['end']))
    assert.ok(parts.body.equals(CONTENT))
  }
  const mixed = await ask(target(['start', []], ['body', '['], ['part', file, 250, 3], ['body', ']'], ['end']))
  assert.deepEqual([...mixed.body], [91, 250, 0, 1, 93])
  const empty = path.join(served.folder, 'empty')
  fs.writeFileSync(empty, '')
  for (const step of [['path', empty], ['part', file, SIZE + 5, null]]) {
    const end = step[0] === 'part' ? [['end']] : []
    assert.equal((await ask(target(['start', []], step, ...end))).body.length, 0)
  }
  const wire = connect(t, served.port)
  wire.write(request([['start', []], ['path', file]], 'GET', '1.0'))
  assert.equal((await wire.rest()).split('\r\n\r\n')[1].length, SIZE)
  await sent(served)
  assert.deepEqual(served.errors, [])
})

test('a response without a body has none of a file, and its connection goes on', async (t) => {
  const served = await serve(t)
  const { ask, file } = served
  for (const steps of [[['path', file]], [['part', file, 0, null], ['end']]]) {
    const head = await ask(target(['start', [['content-length', String(SIZE)]]], ...steps), { method: 'HEAD' })
    assert.deepEqual([head.headers['content-length'], head.body.length], [String(SIZE), 0])
  }
  assert.equal((await ask(target(['start', []], ['path', file]))).body.length, SIZE)
  await sent(served)
  assert.equal(served.server.stats().connections, 1)
})

test('requests after one for a file are answered after it', async (t) => {
  const served = await serve(t)
  const wire = connect(t, served.port)
  const steps = [['start', [['content-length', String(SIZE)]]], ['path', served.file]]
  wire.write(request(steps).repeat(3) + request([['start', []], ['body', 'last'], ['end']]))
  await wire.until('last')
  await sent(served)
  assert.equal(served.server.stats().bytesOut, 3 * SIZE + 4)
})

test('a file that is gone, or no file any more, ends its response, and is reported', async (t) => {
  const served = await serve(t)
  const { ask, folder, file } = served
  const gone = path.join(folder, 'gone')
  fs.symlinkSync(file, gone)
  // The server opens the file after the app has removed it, because both happen in one step of the app.
  await assert.rejects(ask(target(['start', []], ['path', gone], ['remove', gone])), { code: 'ECONNRESET' })
  assert.deepEqual(served.errors.map(({ code }) => code), ['ERR_ASGI_INCOMPLETE_RESPONSE'])
  await sent(served)
})

test('a file that becomes shorter ends its connection, and takes no time of the server', async (t) => {
  const served = await serve(t)
  const { file, errors } = served
  const length = [['content-length', String(SIZE)]]
  const part = ['part', file, 0, null]
  const ways = [
    [['start', length], ['path', file]],
    [['start', []], ['path', file]],
    [['start', length], part, ['end']],
    [['start', []], part, ['body', 'tail'], ['end']],
  ]
  for (const [at, steps] of ways.entries()) {
    fs.writeFileSync(file, CONTENT)
    const wire = connect(t, served.port)
    wire.socket.pause()
    wire.write(request(steps))
    await beginsToSend(served)
    fs.truncateSync(file, 1000)
    wire.socket.resume()
    const rest = await wire.rest()
    assert.ok(rest.length < SIZE)
    assert.ok(!rest.endsWith('0\r\n\r\n'))
    await sent(served)
    assert.deepEqual(errors.map(({ code }) => code), Array(at + 1).fill('ERR_ASGI_INCOMPLETE_RESPONSE'))
  }
})

test('a file longer than its content-length is cut there, and a shorter one closes the connection', async (t) => {
  const served = await serve(t)
  const { ask, file } = served
  const longer = await ask(target(['start', [['content-length', '1000']]], ['path', file]))
  assert.ok(longer.body.equals(CONTENT.subarray(0, 1000)))
  const length = [['content-length', String(SIZE + 1)]]
  await assert.rejects(ask(target(['start', length], ['path', file])), { code: 'ECONNRESET' })
  assert.deepEqual(served.errors.map(({ code }) => code), ['ERR_ASGI_INCOMPLETE_RESPONSE'])
  await sent(served)
})

test('a client that leaves in the middle of a file leaves no descriptor open', async (t) => {
  const served = await serve(t)
  const steps = [['start', []], ['part', served.file, null, null], ['end']]
  const wire = connect(t, served.port)
  wire.socket.pause()
  wire.write(request(steps))
  await beginsToSend(served)
  wire.socket.destroy()
  await sent(served)
  const open = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  assert.ok(!open.includes(served.file))
})

test('the app waits for a client that does not read its files', async (t) => {
  const served = await serve(t)
  const wire = connect(t, served.port)
  wire.socket.pause()
  const part = ['part', served.file, 0, null]
  wire.write(request([['start', []], part, part, part, part, ['body', 'last'], ['end']]))
  await beginsToSend(served)
  for (let turn = 0; turn < 50; turn++) await served.ask('/go')
  assert.equal(served.server.stats().files, 1)
  wire.socket.resume()
  await wire.until('last')
  await sent(served)
})

test('parts of a file beyond 2 GiB are sent from where they are, and whole', async (t) => {
  const served = await serve(t)
  const large = path.join(served.folder, 'large')
  const end = 5 * 2 ** 30
  const descriptor = fs.openSync(large, 'w')
  fs.writeSync(descriptor, 'begin', 0)
  fs.writeSync(descriptor, 'middle', 3 * 2 ** 30)
  fs.writeSync(descriptor, 'end', end - 3)
  fs.closeSync(descriptor)
  const part = await served.ask(target(['start', []], ['part', large, 3 * 2 ** 30, 6], ['part', large, end - 3, null], [
    'end',
  ]))
  assert.equal(part.text, 'middleend')
  // More than 2 GiB in one piece. Only its length, beginning and end are compared.
  const start = end - 2 ** 31 - 2 ** 20
  const sum = await lengthAndEnd(served.port, target(['start', []], ['part', large, start, null], ['end']))
  assert.deepEqual(sum, { length: end - start, last: 'end' })
  await sent(served)
})

/** Reads a response and keeps its length and its last three bytes. */
async function lengthAndEnd(port, url) {
  const [response] = await once(http.get({ port, host: '127.0.0.1', path: url, agent: false }), 'response')
  let [length, last] = [0, Buffer.alloc(0)]
  for await (const chunk of response) {
    length += chunk.length
    last = Buffer.concat([last, chunk.subarray(-3)]).subarray(-3)
  }
  return { length, last: last.toString() }
}

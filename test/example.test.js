'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { createHash, randomBytes } = require('node:crypto')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { after, before, test } = require('node:test')

const root = path.join(__dirname, '..')
const MEBIBYTE = 1024 * 1024

/** Starts the example as `npm start` does, and gathers what it says. */
function startExample(environment = {}) {
  const child = spawn(process.execPath, [path.join(root, 'js', 'setup', 'start.js')], {
    env: { ...process.env, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  const says = async (pattern) => {
    const done = ended.then(({ code, signal, stdout, stderr }) => {
      throw new Error(`it ended (${signal ?? code}) before it said ${pattern}:\n${stdout}${stderr}`)
    })
    done.catch(() => {})
    while (!pattern.test(output.stdout)) await Promise.race([once(child.stdout, 'data'), done])
    return pattern.exec(output.stdout)
  }
  return { child, ended, says }
}

let example
let base

before(async () => {
  example = startExample()
  base = (await example.says(/The example is at (http:\S+)/))[1]
})

after(async () => {
  example.child.kill('SIGKILL')
  await example.ended
})

const sha256 = (data) => createHash('sha256').update(data).digest('hex')

const order = (body) =>
  fetch(`${base}/orders`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

test('a JSON order is answered with a receipt, a wrong one with the reason', async () => {
  const good = await order(JSON.stringify({ item: 'tea', quantity: 3, unit_price: '4.50' }))
  assert.equal(good.status, 200)
  const { id, ...receipt } = await good.json()
  assert.deepEqual(receipt, { item: 'tea', quantity: 3, total: '13.50' })
  assert.deepEqual(await (await fetch(`${base}/orders/${id}`)).json(), { id, ...receipt })

  const none = await order(JSON.stringify({ item: 'tea', quantity: 0, unit_price: '4.50' }))
  assert.equal(none.status, 422)
  assert.deepEqual((await none.json()).detail[0].loc, ['body', 'quantity'])
  const broken = await order('{')
  assert.equal(broken.status, 422)
  assert.equal((await broken.json()).detail[0].type, 'json_invalid')
})

test('64 MiB come down intact', async () => {
  const response = await fetch(`${base}/download/${64 * MEBIBYTE}`)
  assert.equal(response.headers.get('content-length'), String(64 * MEBIBYTE))
  const digest = createHash('sha256')
  for await (const chunk of response.body) digest.update(chunk)
  const expected = await (await fetch(`${base}/download/${64 * MEBIBYTE}/sha256`)).text()
  assert.equal(`${digest.digest('hex')}  -\n`, expected)
})

test('64 MiB go up intact, in chunks without a length', async () => {
  const block = randomBytes(MEBIBYTE)
  const digest = createHash('sha256')
  const request = http.request(`${base}/upload`, { method: 'POST' })
  for (let count = 0; count < 64; count++) {
    digest.update(block)
    if (!request.write(block)) await once(request, 'drain')
  }
  request.end()
  const [response] = await once(request, 'response')
  const chunks = await response.toArray()
  assert.deepEqual(JSON.parse(Buffer.concat(chunks)), { bytes: 64 * MEBIBYTE, sha256: digest.digest('hex') })
})

test('a form with files arrives whole', async () => {
  const [first, second] = [randomBytes(300_000), Buffer.from('small')]
  const form = new FormData()
  form.set('note', 'grüße')
  form.append('files', new Blob([first]), 'first.bin')
  form.append('files', new Blob([second]), 'second.txt')
  const response = await fetch(`${base}/form`, { method: 'POST', body: form })
  assert.deepEqual(await response.json(), {
    note: 'grüße',
    files: [
      { name: 'first.bin', bytes: first.length, sha256: sha256(first) },
      { name: 'second.txt', bytes: second.length, sha256: sha256(second) },
    ],
  })
})

test('events arrive when they happen', async () => {
  const response = await fetch(`${base}/events?count=3&interval=0.3`)
  assert.match(response.headers.get('content-type'), /^text\/event-stream/)
  const times = []
  let text = ''
  for await (const chunk of response.body) {
    times.push(performance.now())
    text += Buffer.from(chunk)
  }
  assert.deepEqual(text.match(/^id: \d$/gm), ['id: 1', 'id: 2', 'id: 3'])
  assert.ok(times.at(-1) - times[0] > 500, `all within ${times.at(-1) - times[0]} ms`)
})

test('the documentation pages and the schema are right', async () => {
  const docs = await fetch(`${base}/docs`)
  assert.equal(docs.status, 200)
  assert.match(await docs.text(), /url: '\/openapi\.json'/)
  const schema = await (await fetch(`${base}/openapi.json`)).json()
  assert.ok(Object.hasOwn(schema.paths, '/orders'))
  assert.equal(schema.servers, undefined, 'no mount prefix is invented')
  const index = await fetch(base)
  assert.match(index.headers.get('content-type'), /^text\/html/)
  assert.match(await index.text(), /<h1>.*Node<\/h1>/)
})

test('the app runs in the process of Node', async () => {
  const where = await (await fetch(`${base}/where`)).json()
  assert.equal(where.process, example.child.pid)
})

test('a port in use is reported in words', async () => {
  const { port } = new URL(base)
  const { code, stderr } = await startExample({ PORT: port }).ended
  assert.equal(code, 1)
  assert.equal(stderr, `Port ${port} on 127.0.0.1 is in use. Choose another one: PORT=${Number(port) + 1} npm start\n`)
})

test('a PORT that is no port is reported in words', async () => {
  const { code, stderr } = await startExample({ PORT: 'http' }).ended
  assert.equal(code, 1)
  assert.equal(stderr, 'PORT is "http"; expected a number from 0 to 65535\n')
})

test('Ctrl-C lets a request end, then the process', async () => {
  // On a busy machine the event loop may be late, of which the watch would warn.
  const { child, ended, says } = startExample({ PYTHON_NODE_WATCH: '0' })
  const [, url] = await says(/The example is at (http:\S+)/)
  const response = await fetch(`${url}/events?count=4&interval=0.2`)
  child.kill('SIGINT')
  const text = await response.text()
  assert.equal(text.match(/^id: /gm).length, 4)
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assert.equal(stderr, '')
})

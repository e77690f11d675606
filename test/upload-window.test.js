'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { core } = require('../js/binding')
const { listen, openApp, until } = require('./support')

const { UploadWindow, borrowed } = core
const MARK = 65536

/** A window that was full, and whose bytes were all taken. */
function starved(mark = MARK) {
  const window = new UploadWindow(mark)
  window.received(mark, 0)
  return window
}

test('a window has the size of the mark until the app has read all that filled it', () => {
  const window = new UploadWindow(MARK)
  assert.equal(window.size, MARK)
  window.received(MARK, MARK)
  assert.equal(window.size, MARK)
  window.received(MARK, 0)
  assert.equal(window.size, 4 * MARK)
  assert.equal(borrowed(), 3 * MARK)
  window.narrow()
  assert.equal(window.size, MARK)
  window.narrow()
  assert.equal(borrowed(), 0)
})

test('a window is narrow again when the application never runs out, and wide when it does', () => {
  const window = starved()
  for (let taken = 0; taken <= 4 * window.size; taken += MARK) window.received(MARK, MARK)
  assert.equal(window.size, MARK)
  // It has not filled up since.
  window.received(MARK, 0)
  assert.equal(window.size, MARK)
  window.fill()
  window.received(MARK, 0)
  assert.equal(window.size, 4 * MARK)
  window.narrow()
})

test('a low mark is multiplied, and a high one stays', () => {
  for (const [mark, size] of [[0, 0], [1024, 4096], [1 << 20, 1 << 20]]) {
    const window = starved(mark)
    assert.equal(window.size, size)
    window.narrow()
  }
  assert.equal(borrowed(), 0)
})

test('no more is borrowed than there is', () => {
  const windows = Array.from({ length: 100 }, () => starved())
  assert.ok(borrowed() <= 16 << 20 && borrowed() > (16 << 20) - 3 * MARK)
  for (const window of windows) window.narrow()
  assert.equal(borrowed(), 0)
})

test('the window that an upload borrowed is returned at its end or when its client disconnects', async (t) => {
  const handler = openApp(t, 'large_bodies')
  let most = 0
  let total = 0
  const port = await listen(
    t,
    http.createServer((req, res) => {
      req.on('data', (chunk) => {
        total += chunk.length
        most = Math.max(most, borrowed())
      })
      handler.listener(req, res)
    }),
  )
  const options = { host: '127.0.0.1', port, path: '/upload', method: 'POST' }
  const whole = http.request(options)
  whole.end(Buffer.alloc(64 << 20))
  const [response] = await once(whole, 'response')
  assert.equal(String(await once(response, 'data')), String(64 << 20))
  assert.ok(most > 0)
  total = most = 0
  const left = http.request(options)
  left.on('error', () => undefined)
  left.write(Buffer.alloc(32 << 20))
  await until(() => total >= 16 << 20, 'half of the upload has arrived')
  left.destroy()
  await until(() => borrowed() === 0 && handler.stats().inFlight === 0, 'nothing is borrowed or in flight')
})

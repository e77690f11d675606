'use strict'

// A reader of the log that stops for a while: the requests go on, and afterwards it reads complete lines.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { serve } = require('./support')

const APP = 'ends_in_every_way:app'
const JSON_LOG = ['--log-format', 'json', '--health-path', '/health']

/** Sends requests over one connection, and waits for the answers. */
async function ask(port, target, count) {
  const socket = net.connect(port, '127.0.0.1')
  const head = `GET ${target} HTTP/1.1\r\nHost: a\r\n`
  for (let i = 1; i < count; i++) socket.write(`${head}\r\n`)
  socket.write(`${head}Connection: close\r\n\r\n`)
  let answers = 0
  socket.setEncoding('latin1').on('data', (text) => (answers += text.split('x'.repeat(150)).length - 1))
  await once(socket, 'close')
  return answers
}

/** The requests in a log each of whose lines is an object. */
const requestsIn = (log) => log.trimEnd().split('\n').map((line) => JSON.parse(line)).filter(isRequest)

const isRequest = ({ body }) => body === 'request'

for (const way of ['native', 'node']) {
  test(`processes that share a pipe for their log cut no line of one another, with --http ${way}`, async (t) => {
    const args = ['--workers', '2', '--http', way, ...JSON_LOG]
    const { child, ended, port } = await serve(t, APP, args)
    child.stdout.pause()
    const target = `/status/200/${'a'.repeat(200)}`
    // Each connection has a worker, which the system chooses.
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(port, target, 100)))
    assert.deepEqual(answers, answers.map(() => 100))
    child.stdout.resume()
    child.kill('SIGTERM')
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.equal(requestsIn(stdout).length, 1600)
  })

  test(`unread lines are bounded, and omitted ones are counted, with --http ${way}`, async (t) => {
    const { child, ended, port } = await serve(t, APP, ['--http', way, ...JSON_LOG])
    child.stdout.pause()
    const target = `/status/200/${'a'.repeat(12_000)}`
    for (let i = 0; i < 20; i++) assert.equal(await ask(port, target, 100), 100)
    child.stdout.resume()
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    assert.equal(code, 0)
    const leftOut = [...stderr.matchAll(/left out of the access log, [^"]*: (\d+)"/g)].map(([, count]) => Number(count))
    const sum = leftOut.reduce((all, count) => all + count, 0)
    assert.ok(sum > 0)
    assert.equal(requestsIn(stdout).length + sum, 2000)
  })
}

test('a server ends while its log is not read', async (t) => {
  const { child, port } = await serve(t, APP, JSON_LOG)
  child.stdout.pause()
  assert.equal(await ask(port, `/status/200/${'a'.repeat(12_000)}`, 100), 100)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
})

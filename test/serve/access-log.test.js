'use strict'

// The access log is the same from the threads of the addon and from JavaScript, which writes it for node:http.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { send, temporaryFolder, until } = require('../support')
const { serve } = require('./support')

const APP = 'ends_in_every_way:app'
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** Requests as they are sent, in Latin-1; the line of each is compared. */
const REQUESTS = [
  'GET / HTTP/1.1',
  'HEAD /a%20b?q=1 HTTP/1.1',
  'GET /no/query? HTTP/1.1',
  'GET /two?a?b HTTP/1.1',
  'GET /"quoted"/back\\slash/\'?"\\" HTTP/1.1',
  'GET http://elsewhere/absolute?q HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET /old HTTP/1.0',
  'M-SEARCH /method HTTP/1.1',
  'GET /raises HTTP/1.1',
  'GET /breaks-off HTTP/1.1',
  ...[201, 204, 302, 304, 308, 404, 413, 418, 422, 451, 499, 500, 503, 509, 511, 599, 999].map((status) => {
    return `GET /status/${status} HTTP/1.1`
  }),
  ...[
    TRACE,
    TRACE.toUpperCase(),
    `${TRACE}-more`,
    `${TRACE}more`,
    TRACE.slice(0, -1),
    ` ${TRACE}\t`,
    TRACE.replace('00-', 'ff-'),
    TRACE.replace('00-', 'cc-'),
    TRACE.replace(/4[^-]*/, '0'.repeat(32)),
    TRACE.replace(/00f[^-]*/, '0'.repeat(16)),
    TRACE.replace('4bf', '4bg'),
    'nonsense',
    '',
    `${TRACE}\r\ntraceparent: ${TRACE}`,
    `\r\nTraceParent: ${TRACE}`,
    `${TRACE}\r\ntraceparent: `,
  ].map((value) => `GET /traced HTTP/1.1\r\ntraceparent: ${value}`),
  ...[
    '10.1.2.3',
    '10.1.2.3:77',
    '10.1.2.3:99999',
    '::1',
    '[2001:db8::5]:443',
    'fe80::1%eth0',
    'fe80::1%',
    '1.2.3.4%a:b',
    '::ffff:1.2.3.4',
    'unknown',
    'a:b',
    '[a]]',
    '[]:80',
    '"quoted" \\ \xe9',
  ].map((value) => `GET /forwarded HTTP/1.1\r\nx-forwarded-for: ${value}`),
]

/** Lines of requests, without the parts that differ each time. */
function linesOf({ stdout }) {
  return stdout.split('\n').filter((line) => /HTTP\/1\.|"request"/.test(line)).map((line) => {
    return line
      .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT')
      .replace(/"client.port":\d{4,}/, '"client.port":PORT')
      .replace(/"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, '"timestamp":TIME')
      .replace(/duration":(?:0|0\.\d{0,5}[1-9]|\d+\.\d{0,5}[1-9])([,}])/, 'duration":SECONDS$1')
  })
}

/** Sends requests one after the other, each with its line, and gives the lines. */
async function ask(t, place, args, requests) {
  const served = await serve(t, APP, [...place.args, '--metrics-path', '/metrics', ...args])
  const { child, ended, output, port } = served
  const target = place.path === undefined ? { port, host: '127.0.0.1' } : { path: place.path }
  const metrics = () => send({ ...target, socketPath: place.path, path: '/metrics', agent: false })
  let count = 0
  const logged = async () => {
    count++
    while (linesOf(output).length < count) await once(child.stdout, 'data')
  }
  for (const request of requests) {
    const socket = net.connect(target).resume()
    socket.write(`${request}\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1')
    await once(socket, 'close')
    await logged()
  }
  const gone = net.connect(target)
  gone.write('GET /waits HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(async () => /in_flight 1$/m.test((await metrics()).body.toString()), 'the request is in flight')
  gone.destroy()
  await logged()
  const cut = net.connect(target)
  cut.write('GET /streams HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(cut, 'data')
  cut.destroy()
  await logged()
  child.kill('SIGTERM')
  return linesOf(await ended)
}

const TCP = { args: [] }

for (
  const [form, args] of [
    ['text', ['--no-use-colors']],
    ['text with colours', ['--use-colors']],
    ['JSON', ['--log-format', 'json']],
  ]
) {
  test(`whichever server answers, requests have the same lines: ${form}`, async (t) => {
    const [native, node] = await Promise.all(['native', 'node'].map((way) => {
      return ask(t, TCP, [...args, '--http', way], REQUESTS)
    }))
    assert.equal(node.length, REQUESTS.length + 2)
    for (const [index, line] of node.entries()) {
      assert.equal(native[index], line, JSON.stringify(REQUESTS[index] ?? 'a client that leaves'))
    }
  })

  test(`whichever server answers on a Unix socket, requests have the same lines: ${form}`, async (t) => {
    const [native, node] = await Promise.all(['native', 'node'].map((way) => {
      const socketPath = path.join(temporaryFolder(t), 'socket')
      return ask(t, { args: ['--uds', socketPath], path: socketPath }, [...args, '--http', way], REQUESTS.slice(0, 3))
    }))
    assert.equal(node.length, 5)
    assert.deepEqual(native, node)
  })
}

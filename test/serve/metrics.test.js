'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http2 = require('node:http2')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { which } = require('../../js/setup/child-processes')
const { LoopDelay } = require('../../js/serve/metrics/loop-delay')
const { RequestMetrics } = require('../../js/serve/metrics/request-metrics')
const { makeFolder, selfSigned, send, sendHTTP2, until } = require('../support')
const { ask, askUntil, lacksParser } = require('./prometheus')
const { begin, serve } = require('./support')

const APP = 'ends_in_every_way:app'
const METRICS = ['--metrics-path', '/metrics', '--no-access-log']

const skip = lacksParser
const lacksPromtool = which('promtool') === undefined && "there is no promtool on PATH (Debian's prometheus)"

/** Asks for the start of a response, and leaves. */
async function leave(port, path) {
  const { request, response } = begin(port, { path, method: 'GET', agent: false })
  request.on('error', () => {})
  const { statusCode } = await response
  request.destroy()
  return statusCode
}

/** Sends a request, and leaves once the server has it. */
async function giveUp(port, path) {
  const before = await ask(port)
  const { request } = begin(port, { path, method: 'GET', agent: false })
  request.on('error', () => {})
  const inFlight = 'python_node_requests_in_flight'
  await askUntil(port, (metrics) => metrics.value(inFlight) > before.value(inFlight))
  request.destroy()
}

/** Asks a server in every way that has a count, and lets one WebSocket open. */
async function askInEveryWay(t, port) {
  const one = async (path, status, method = 'GET') => {
    assert.equal((await send({ port, path, method, agent: false })).status, status, path)
  }
  for (let i = 0; i < 3; i++) await one('/status/200', 200)
  await one('/status/200', 200, 'POST')
  await one('/status/404', 404)
  await one('/fast/a/b', 404)
  await one('/fast/you', 200)
  await one('/raises', 500)
  await one('/fast/raises', 500)
  await one('/status/200', 200, 'PROPFIND')
  await one('/status/200', 200, 'MKCOL')
  await one('/status/299', 299)
  await one('/status/298', 298)
  await assert.rejects(send({ port, path: '/breaks-off', agent: false }), { code: 'ECONNRESET' })
  await giveUp(port, '/waits')
  assert.equal(await leave(port, '/streams'), 200)
  for (const path of ['/one', '/two']) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
    await once(socket, 'open')
    if (path === '/two') t.after(() => socket.terminate())
    else socket.close()
    if (path === '/one') await once(socket, 'close')
  }
  await once(new WebSocket(`ws://127.0.0.1:${port}/refuse`), 'error')
}

test('requests are counted by method and status, however they end', { skip }, async (t) => {
  const { port } = await serve(t, APP, METRICS)
  await askInEveryWay(t, port)
  const durations = 'python_node_request_duration_seconds_count'
  const isAll = (metrics) => metrics.value(durations) >= 16 && metrics.value('python_node_websockets_open') === 1
  const metrics = await askUntil(port, isAll)
  assert.deepEqual(metrics.counts('python_node_requests_total'), {
    'GET 200': 6,
    'POST 200': 1,
    'GET 404': 2,
    'GET 500': 2,
    '_OTHER 200': 2,
    'GET 2xx': 2,
    'GET 499': 1,
  })
  assert.deepEqual(metrics.counts('python_node_websockets_total'), { 101: 2, 403: 1 })
  assert.equal(metrics.value('python_node_requests_in_flight'), 1, 'the WebSocket that is open')
  // Both requests, and the WebSocket that has closed.
  assert.equal(metrics.value('python_node_disconnects_total'), 3)
  assert.ok(metrics.value('python_node_errors_total') >= 2)

  const buckets = (name) => metrics.counts(`${name}_bucket`)
  const times = buckets('python_node_request_duration_seconds')
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']
  assert.deepEqual(Object.keys(times).sort(), bounds.sort(), 'the default buckets of Prometheus')
  assert.equal(times['+Inf'], 16)
  assert.ok(metrics.value('python_node_request_duration_seconds_sum') > 0)
  const sizes = buckets('python_node_response_size_bytes')
  // Those of 150 bytes; others are smaller.
  assert.equal(sizes['1000'] - sizes['100'], 9)
  assert.equal(sizes['+Inf'], 16)
})

test('methods that clients make up over HTTP/2 are counted as one', { skip }, async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'both.pem': Buffer.concat([cert, key]) })
  const { url, port } = await serve(t, APP, [...METRICS, '--http2', '--ssl-certfile', `${folder}/both.pem`])
  const session = http2.connect(url, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  for (const method of ['GET', 'MADE-UP', 'get', 'X"} 1']) {
    await sendHTTP2(session, { ':path': '/status/200', ':method': method }).catch((error) => {
      assert.match(error.message, /PROTOCOL_ERROR/, method)
    })
  }
  const waiting = session.request({ ':path': '/waits' })
  waiting.on('error', () => {})
  const options = { protocol: 'https:', rejectUnauthorized: false }
  await askUntil(port, (metrics) => metrics.value('python_node_requests_in_flight') === 1, options)
  waiting.close(http2.constants.NGHTTP2_CANCEL)
  const metrics = await askUntil(port, (metrics) => metrics.value('python_node_disconnects_total') === 1, options)
  assert.deepEqual(metrics.counts('python_node_requests_total'), { 'GET 200': 1, '_OTHER 200': 2, 'GET 499': 1 })
})

test('the bytes of bodies are counted, and its own answers are not', { skip }, async (t) => {
  const { port } = await serve(t, 'notes_its_life:app', METRICS)
  for (const body of ['12345', '678']) await send({ port, method: 'POST', body })
  const isAll = (metrics) => metrics.value('python_node_requests_total') === 2
  const metrics = await askUntil(port, isAll)
  assert.deepEqual(metrics.counts('python_node_requests_total'), { 'POST 200': 2 })
  assert.equal(metrics.value('python_node_request_body_bytes_total'), 8)
  assert.equal(metrics.value('python_node_response_body_bytes_total'), 8)
  assert.equal(metrics.value('python_node_response_size_bytes_sum'), 8)
})

test('metrics are well-formed, and named as Prometheus asks for', { skip }, async (t) => {
  const { port } = await serve(t, APP, METRICS)
  await send({ port, path: '/status/200' })
  const { families, samples, text, value } = await ask(port)
  assert.equal(typeof value, 'function')
  for (const { name, help, type } of families) {
    assert.ok(help.endsWith('.'), name)
    assert.ok(['counter', 'gauge', 'histogram'].includes(type), name)
  }
  for (const { name, labels } of samples) {
    assert.ok(!Object.hasOwn(labels, 'quantile'), name)
    assert.ok(!Object.hasOwn(labels, 'worker'), name)
  }
  const types = Object.fromEntries(families.map(({ name, type }) => [name, type]))
  assert.equal(types.nodejs_eventloop_delay_seconds, 'histogram')
  assert.equal(types.python_node_python_loop_lag_seconds, 'gauge')
  assert.equal(text.match(/^# TYPE process_cpu_seconds_total counter$/gm).length, 1)
})

test('promtool finds nothing to say of the metrics', { skip: skip || lacksPromtool }, async (t) => {
  const { port } = await serve(t, APP, METRICS)
  await askInEveryWay(t, port)
  const { text } = await ask(port)
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  assert.deepEqual([status, stdout, stderr], [0, '', ''])
})

test('the metrics of the process have the names of Prometheus’ own clients', { skip }, async (t) => {
  const { port, child } = await serve(t, APP, METRICS)
  const metrics = await ask(port)
  assert.ok(metrics.value('process_cpu_seconds_total') > 0)
  assert.ok(metrics.value('process_resident_memory_bytes') > 10_000_000)
  assert.ok(metrics.value('nodejs_heap_size_used_bytes') <= metrics.value('nodejs_heap_size_total_bytes'))
  const age = Date.now() / 1000 - metrics.value('process_start_time_seconds')
  assert.ok(age > 0 && age < 240, `it is ${age} s old`)
  if (process.platform !== 'linux') return
  assert.ok(metrics.value('process_open_fds') > 3)
  assert.ok(metrics.value('process_open_fds') < metrics.value('process_max_fds'))
  // A thread may begin or end between the two looks.
  await askUntil(port, (now) => now.value('process_threads') === fs.readdirSync(`/proc/${child.pid}/task`).length)
  assert.ok(metrics.value('process_virtual_memory_bytes') > metrics.value('process_resident_memory_bytes'))
})

test('an event loop that is held up is seen, by all that ask', async (t) => {
  const delay = new LoopDelay()
  t.after(() => delay.close())
  const held = () => {
    const { samples } = delay.family()
    const upTo = (bound) => samples.find(([, { le }]) => le === bound)[2]
    return upTo('+Inf') - upTo('0.25')
  }
  assert.equal(held(), 0)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 350)
  await until(() => held() > 0, 'the delay is measured')
  assert.equal(held(), 1)
  assert.equal(held(), 1, 'asking takes nothing away')
})

test('metrics take bounded memory for any methods and statuses', () => {
  const metrics = new RequestMetrics()
  const samples = () => metrics.families().reduce((sum, family) => sum + family.samples.length, 0)
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', 'ANY']
  const askAll = (suffix) => {
    for (let status = 100; status < 1000; status++) {
      for (const method of methods) metrics.answered(`${method}${suffix}`, status, 0, 0)
      metrics.handshake(status)
    }
  }
  askAll('')
  const before = samples()
  assert.ok(before < 1000, `${before} samples`)
  for (let i = 0; i < 100; i++) askAll(i)
  assert.equal(samples(), before)
})

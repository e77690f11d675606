'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { send } = require('../support')
const { begin, close, serve, textOf } = require('./support')

const SAMPLE = /^([a-z_]+)(?:\{quantile="([\d.]+)"\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/

/** Reads Prometheus' text format strictly: help and kind come before the samples of their metric. */
function parse(text) {
  const metrics = {}
  let current = null
  assert.ok(text.endsWith('\n'))
  for (const line of text.trimEnd().split('\n')) {
    const about = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (about !== null) {
      const [, what, name, value] = about
      if (what === 'HELP') metrics[name] = current = { name, help: value, samples: [] }
      else current.type = value
      assert.equal(current.name, name)
      continue
    }
    const [, name, quantile, value] = SAMPLE.exec(line) ?? assert.fail(line)
    assert.equal(name, current.name)
    current.samples.push({ quantile, value: Number(value) })
  }
  return metrics
}

test('health is answered without the app, 503 once the server closes', async (t) => {
  const served = await serve(t, 'notes_its_life:app', ['--health-path', '/health'])
  const { ended, port, says } = served
  const { status, body, headers } = await send({ port, path: '/health?from=probe' })
  assert.deepEqual([status, body.toString(), headers['cache-control']], [200, 'ok', 'no-store'])
  assert.equal((await send({ port, path: '/health', method: 'HEAD' })).status, 200)
  // A connection on which a request has begun: it is not closed while that is on its way.
  const probe = net.connect(port, '127.0.0.1')
  probe.write('GET /health HTTP/1.1\r\n')
  const { request, response } = begin(port)
  await says(/^request$/m)
  await close(served)
  probe.write('Host: x\r\nConnection: close\r\n\r\n')
  const [answer] = await once(probe, 'data')
  assert.match(answer.toString(), /^HTTP\/1\.1 503 Service Unavailable\r\n/)
  request.end()
  await textOf(await response)
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.equal(stdout.match(/^request$/gm).length, 1, 'the app was not asked')
})

test('the server counts in the format of Prometheus', async (t) => {
  const { port } = await serve(t, 'notes_its_life:app', ['--metrics-path', '/metrics'])
  for (const body of ['12345', '678']) await send({ port, method: 'POST', body })
  const { headers, body } = await send({ port, path: '/metrics' })
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const metrics = parse(body.toString())
  for (const { name, help, type, samples } of Object.values(metrics)) {
    assert.match(name, /^[a-z_]+$/)
    assert.ok(help.length > 0)
    assert.ok(type === 'gauge' || (type === 'counter' && name.endsWith('_total')), name)
    assert.ok(samples.length > 0)
  }
  const valueOf = (name) => metrics[name].samples[0].value
  assert.equal(valueOf('python_node_requests_total'), 2, 'its own answers are not among them')
  assert.equal(valueOf('python_node_requests_in_flight'), 0)
  assert.equal(valueOf('python_node_errors_total'), 0)
  assert.equal(valueOf('python_node_request_body_bytes_total'), 8)
  assert.equal(valueOf('python_node_response_body_bytes_total'), 8)
  assert.ok(valueOf('process_resident_memory_bytes') > 10_000_000)
  const delays = metrics.nodejs_eventloop_delay_seconds.samples
  assert.deepEqual(delays.map(({ quantile }) => quantile), ['0.5', '0.9', '0.99', '1'])
  for (const { value } of delays) assert.ok(value >= 0 && value < 60)
})

test('a WebSocket in use is counted', async (t) => {
  const { port } = await serve(t, 'notes_its_life:app', ['--metrics-path', '/metrics'])
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  const metrics = parse((await send({ port, path: '/metrics' })).body.toString())
  assert.equal(metrics.python_node_websockets_total.samples[0].value, 1)
  assert.equal(metrics.python_node_requests_in_flight.samples[0].value, 1)
  socket.terminate()
})

'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { send } = require('../support')
const { ask, askUntil, lacksParser } = require('./prometheus')
const { begin, serve } = require('./support')

const skip = lacksParser

/** Serves with two workers, and returns a function that sends a request to any of them. */
async function startWorkers(t) {
  const served = await serve(t, 'tells_its_process:app', [
    '--workers',
    '2',
    '--metrics-path',
    '/metrics',
    '--no-access-log',
    '--timeout-graceful-shutdown',
    '1',
  ])
  const get = async (path = '/') => JSON.parse((await send({ port: served.port, path, agent: false })).body)
  return { ...served, get }
}

const requests = (metrics) => metrics.value('python_node_requests_total', { method: 'GET', status: '200' })

test('the metrics of one worker are those of all: added up, and the state of each process', { skip }, async (t) => {
  const { port, get } = await startWorkers(t)
  const pids = new Set()
  let count = 0
  for (; count < 10 || pids.size < 2; count++) pids.add((await get()).pid)
  // A new worker has no sample of its loop yet.
  const delays = (metrics, worker) => metrics.value('nodejs_eventloop_delay_seconds_count', { worker })
  const isSampled = (metrics) => ['1', '2'].every((worker) => delays(metrics, worker) > 0)
  for (let i = 0; i < 4; i++) {
    const metrics = await askUntil(port, (metrics) => requests(metrics) === count && isSampled(metrics))
    assert.equal(metrics.value('python_node_request_duration_seconds_count'), count)
    assert.equal(metrics.value('python_node_response_size_bytes_bucket', { le: '+Inf' }), count)
    assert.deepEqual(metrics.counts('python_node_worker_restarts_total'), { died: 0, replaced: 0 })
    for (const worker of ['1', '2']) {
      assert.ok(metrics.value('process_resident_memory_bytes', { worker }) > 10_000_000)
    }
  }
})

test(
  'metrics have the last values of a worker that does not answer, without its process metrics',
  { skip },
  async (t) => {
    const { port, get } = await startWorkers(t)
    const pids = new Set()
    for (let i = 0; i < 10; i++) pids.add((await get()).pid)
    await askUntil(port, (metrics) => requests(metrics) === 10)
    const [pid] = pids
    process.kill(pid, 'SIGSTOP')
    const asked = Array.from({ length: 32 }, () => ask(port))
    try {
      // Those that the worker gets wait there.
      const metrics = await Promise.any(asked)
      assert.equal(requests(metrics), 10)
      assert.equal(Object.keys(metrics.counts('process_start_time_seconds')).length, 1)
    } finally {
      // Stopped, it would not even end.
      process.kill(pid, 'SIGCONT')
    }
    for (const metrics of await Promise.all(asked)) assert.equal(requests(metrics), 10)
  },
)

test('counts of ended workers are kept, and restarts are counted', { skip }, async (t) => {
  const { child, port, get, says } = await startWorkers(t)
  for (let i = 0; i < 10; i++) await get()
  await askUntil(port, (metrics) => requests(metrics) === 10)

  await assert.rejects(get('/crash/3'), { code: 'ECONNRESET' })
  const isWhole = (metrics) =>
    metrics.value('process_cpu_seconds_total', { worker: '1' }) !== undefined &&
    metrics.value('process_cpu_seconds_total', { worker: '2' }) !== undefined
  const died = await askUntil(port, (metrics) => {
    assert.equal(requests(metrics), 10)
    return isWhole(metrics) && metrics.counts('python_node_worker_restarts_total').died === 1
  })
  assert.deepEqual(died.counts('python_node_worker_restarts_total'), { died: 1, replaced: 0 })

  // The old worker has a response to end when the new one serves.
  const { request, response } = begin(port, { path: '/stream', method: 'GET', agent: false })
  request.on('error', () => {})
  await response
  for (let i = 0; i < 4; i++) await get()
  child.kill('SIGHUP')
  await says(/Replacing the workers/)
  const isReplaced = (metrics) => metrics.counts('python_node_worker_restarts_total').replaced === 2
  await askUntil(port, (metrics) => {
    assert.ok(requests(metrics) >= 10)
    return isReplaced(metrics)
  })
  await says(/All workers are replaced/)
  // The response that was cut off has begun with 200.
  const metrics = await ask(port)
  assert.equal(requests(metrics), 15)
  assert.equal(metrics.value('python_node_requests_in_flight'), 0)
})

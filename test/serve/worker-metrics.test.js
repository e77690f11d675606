'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { send } = require('../support')
const { serve } = require('./support')

test('the metrics of one worker are those of all, each with its number, and say the same on every connection', async (t) => {
  const args = ['--workers', '2', '--metrics-path', '/metrics', '--no-access-log']
  const { port } = await serve(t, 'tells_its_process:app', args)
  const ask = async (path) => {
    const { status, body } = await send({ port, path, agent: false })
    assert.equal(status, 200)
    return body.toString()
  }
  for (let i = 0; i < 10; i++) await ask('/')
  for (let i = 0; i < 2; i++) {
    const text = await ask('/metrics')
    const counts = [...text.matchAll(/^python_node_requests_total\{worker="(\d)"\} (\d+)$/gm)]
    assert.deepEqual(counts.map(([, worker]) => worker), ['1', '2'], text)
    assert.equal(counts.reduce((sum, [, , count]) => sum + Number(count), 0), 10)
    assert.equal(text.match(/^# TYPE python_node_requests_total counter$/gm).length, 1)
    assert.match(text, /^nodejs_eventloop_delay_seconds\{worker="2",quantile="0.99"\} [\d.]+$/m)
  }
})

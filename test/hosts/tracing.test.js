'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PathRewriter } = require('../..')
const { serve } = require('../support')
const { openHostApp } = require('./support')

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const STATES = ['rojo=00f067aa0ba902b7, congo=t61rcWkgMzE', 'vendor@tenant=a b;c:1']
const HEADERS = { traceparent: PARENT, tracestate: STATES }
// A list of values, and the one line that the web makes of it.
const EACH = `traceparent=${PARENT} | ${STATES.map((state) => `tracestate=${state}`).join(' | ')}`
const LINE = `traceparent=${PARENT} | tracestate=${STATES.join(', ')}`

test('traceparent and tracestate pass untouched both ways, whichever way a request takes', async (t) => {
  // The second takes every header through a rewriter, too.
  for (const rewriter of [undefined, new PathRewriter('a', 'b')]) {
    const handler = openHostApp(t, 'passes_traces', { rewriter })
    for (const protocol of ['http', 'https', 'h2', 'h2c']) {
      const request = await serve(t, protocol, handler.listener)
      const { headers } = await request({ path: '/', headers: HEADERS })
      assert.equal(headers['x-seen'], EACH, protocol)
      assert.equal(headers.traceparent, PARENT, protocol)
      assert.equal(headers.tracestate, STATES.join(', '), protocol)
    }
    const { headers } = await handler.handleRequest({ url: '/', headers: HEADERS })
    assert.equal(headers.get('x-seen'), EACH)
    assert.equal(headers.get('traceparent'), PARENT)
    assert.deepEqual(headers.getAll('tracestate'), STATES)

    const entries = [['traceparent', PARENT], ...STATES.map((state) => ['tracestate', state])]
    const dispatcher = handler.dispatcher()
    const url = 'http://python.internal/'
    for (
      const response of [
        await handler.fetch(new Request(url, { headers: entries })),
        await fetch(url, { headers: entries, dispatcher }),
      ]
    ) {
      assert.equal(response.headers.get('x-seen'), LINE)
      assert.equal(response.headers.get('traceparent'), PARENT)
      assert.equal(response.headers.get('tracestate'), STATES.join(', '))
    }
  }
})

'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp, quiet, serve } = require('../support')
const { PROTOCOLS, json } = require('./support')

/** The exception for each message of refused_messages.py. */
const REFUSED = {
  A11: {
    'unknown type': 'RuntimeError',
    'another protocol': 'RuntimeError',
    'unknown type later': 'RuntimeError',
  },
  A12: {
    'no type': 'KeyError',
    'no status': 'KeyError',
  },
  A13: {
    'type of bytes': 'TypeError',
    'no dict': 'TypeError',
    'status of str': 'TypeError',
    'status of None': 'TypeError',
    'status of float': 'TypeError',
    'headers of int': 'TypeError',
    'header of int': 'TypeError',
    'name of str': 'TypeError',
    'value of str': 'TypeError',
    'value of None': 'TypeError',
    'body of str': 'TypeError',
    'body of int': 'TypeError',
    'body of list': 'TypeError',
  },
  D3: {
    'status too small': 'ValueError',
    'status too large': 'ValueError',
    'status of an interim response': 'ValueError',
  },
  D5: {
    'header of one': 'ValueError',
    'header of three': 'ValueError',
  },
  D10: {
    'pseudo header': 'ValueError',
  },
  D11: {
    'empty name': 'ValueError',
    'name with space': 'ValueError',
    'name with CR LF': 'ValueError',
    'value with CR LF': 'ValueError',
    'value with LF': 'ValueError',
    'value with NUL': 'ValueError',
  },
  D24: {
    'length of letters': 'ValueError',
    'length with a sign': 'ValueError',
    'length below zero': 'ValueError',
    'no length': 'ValueError',
    'length beyond numbers': 'ValueError',
    'two lengths': 'ValueError',
    'two lengths in one': 'ValueError',
  },
  D17: {
    'body first': 'RuntimeError',
  },
  D18: {
    'second start': 'RuntimeError',
  },
}

for (const [id, messages] of Object.entries(REFUSED)) {
  test(`${id} send() raises ${[...new Set(Object.values(messages))]}: ${Object.keys(messages).join(', ')}`, async (t) => {
    const results = await json(openApp(t, 'refused_messages'), '/')
    for (const [name, type] of Object.entries(messages)) {
      assert.equal(results[name]?.type, type, `${name}: ${JSON.stringify(results[name])}`)
      assert.notEqual(results[name].text, '')
    }
  })
}

test('A11 A12 A13 D17 D18 every message that no server accepts raises, and is looked at here', async (t) => {
  const results = await json(openApp(t, 'refused_messages'), '/')
  const types = Object.fromEntries(Object.entries(results).map(([name, error]) => [name, error?.type]))
  assert.deepEqual(types, Object.assign({}, ...Object.values(REFUSED)))
})

for (const protocol of PROTOCOLS) {
  test(`A14 D10 D11 nothing of a refused message gets into the response over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'refused_messages').listener)
    const { status, headers, body } = await request({ path: '/' })
    assert.equal(status, 200)
    assert.equal(headers['x-kept'], 'yes')
    for (const name of ['x-good', 'x-bad', 'x-evil']) assert.equal(headers[name], undefined)
    assert.equal(typeof JSON.parse(body), 'object')
  })
}

test('D4 a start without headers is one with none', async (t) => {
  const handler = openApp(t, 'send_shapes')
  const response = await handler.handleRequest({ url: '/headers/none' })
  assert.equal(response.status, 200)
  assert.equal(response.headers.size, 0)
  assert.equal(response.body.length, 0)
})

const HEADER_SHAPES = [
  ...['list of tuples', 'list of lists', 'tuple of lists', 'generator', 'generator of generators', 'items', 'iterable'],
  'subclass of bytes',
]

for (const shape of HEADER_SHAPES) {
  test(`D5 D6 D8 headers may be: ${shape}`, async (t) => {
    const handler = openApp(t, 'send_shapes')
    const { headers } = await handler.handleRequest({ url: `/headers/${encodeURIComponent(shape)}` })
    assert.deepEqual(headers.entries(), [['x-a', '1'], ['x-b', '2'], ['x-a', '3']])
  })
}

test('D12 D14 a body message without a body completes an empty response', async (t) => {
  const handler = openApp(t, 'send_shapes')
  assert.deepEqual((await handler.handleRequest({ url: '/body/none' })).body, Buffer.alloc(0))
  assert.equal(await (await handler.handleStream({ url: '/body/none' })).next(), null)
})

const BODY_SHAPES = ['bytes', 'bytearray', 'memoryview', 'memoryview with steps', 'memoryview of an array']

for (const shape of [...BODY_SHAPES, 'subclass of bytes']) {
  test(`D13 a body may be: ${shape}`, async (t) => {
    const handler = openApp(t, 'send_shapes')
    assert.equal((await handler.handleRequest({ url: `/body/${encodeURIComponent(shape)}` })).body.toString(), 'abc')
  })
}

for (const protocol of PROTOCOLS) {
  test(`D14 D16 messages sent after the end never get into the response over ${protocol}`, async (t) => {
    const request = await serve(t, protocol, openApp(t, 'after_complete').listener)
    const response = await request({ path: '/' })
    assert.equal(response.status, 200)
    assert.equal(response.body.toString(), 'whole')
    // On the same connection: no late data precedes this response.
    const results = JSON.parse((await request({ path: '/report' })).body)
    assert.deepEqual(Object.keys(results), ['body', 'start', 'end'])
    for (const type of Object.values(results)) assert.ok(type === null || type === 'RuntimeError', type)
  })

  test(`D24 a body of another length than declared is an error over ${protocol}`, async (t) => {
    quiet(t)
    const request = await serve(t, protocol, openApp(t, 'content_length').listener)
    for (const target of ['/exact', '/exact-pieces', '/caught']) {
      const { headers, body } = await request({ path: target })
      assert.equal(headers['content-length'], '5')
      assert.equal(body.toString(), target === '/caught' ? 'right' : '12345')
    }
    for (const target of ['/longer', '/longer-pieces', '/shorter', '/shorter-pieces']) {
      await assert.rejects(request({ path: target }), undefined, target)
    }
  })
}

test('D24 through the API a body of another length than declared rejects, as longer or shorter', async (t) => {
  const handler = openApp(t, 'content_length')
  for (const [kind, word] of [['longer', /longer/], ['shorter', /shorter/]]) {
    for (const suffix of ['', '-pieces']) {
      const expected = { code: 'ERR_ASGI_PYTHON', pythonType: 'RuntimeError', message: word }
      await assert.rejects(handler.handleRequest({ url: `/${kind}${suffix}` }), expected)
    }
  }
  assert.equal((await handler.handleRequest({ url: '/exact' })).body.toString(), '12345')
})

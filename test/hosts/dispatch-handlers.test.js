'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const { openApp, until } = require('../support')
const { GET, POST, newer, older } = require('./notes')

const text = (list) => list.map((each) => each.toString('latin1'))

for (const [kind, make] of [['older', older], ['newer', newer]]) {
  const isNewer = kind === 'newer'

  test(`a handler of the ${kind} kind gets the response in order`, async (t) => {
    const notes = make()
    assert.equal(openApp(t, 'send_status').dispatcher().dispatch({ ...GET, path: '/201/stream' }, notes.handler), true)
    assert.equal(await notes.over, null)
    assert.deepEqual(notes.calls.filter((each) => each !== 'data'), ['start', 'head', 'end'])
    assert.deepEqual(notes.head, [201, 'Created'])
    assert.ok(notes.raw.every(Buffer.isBuffer))
    assert.deepEqual(text(notes.raw), ['x-kept', 'yes'])
    assert.equal(notes.body, 'firstbody')
  })

  test(`a handler of the ${kind} kind gets no body where there is none, however much the app sends`, async (t) => {
    for (const [method, status] of [['HEAD', 200], ['GET', 204], ['GET', 304]]) {
      const notes = make()
      openApp(t, 'send_status').dispatcher().dispatch({ ...GET, method, path: `/${status}/stream` }, notes.handler)
      await notes.over
      assert.deepEqual(notes.calls, ['start', 'head', 'end'])
    }
    const handler = openApp(t, 'flood')
    const notes = make()
    handler.dispatcher().dispatch({ ...GET, method: 'HEAD', path: `/flood/head-${kind}` }, notes.handler)
    assert.equal(await notes.over, null)
    assert.equal((await handler.handleRequest({ url: `/sent/head-${kind}` })).body.toString(), '1024')
  })

  test(`a handler of the ${kind} kind gets duplicates, octets and trailers`, async (t) => {
    const headers = make()
    openApp(t, 'send_headers').dispatcher().dispatch(GET, headers.handler)
    await headers.over
    const expected = ['x-first', '1', 'set-cookie', 'a=1', 'x-octets', 'caf\xe9', 'set-cookie', 'b=2', 'x-upper', 'yes']
    assert.deepEqual(text(headers.raw), [...expected, 'x-last', '1'])
    if (isNewer) assert.deepEqual(headers.headers['set-cookie'], ['a=1', 'b=2'])
    const trailers = make()
    openApp(t, 'send_trailers').dispatcher().dispatch(GET, trailers.handler)
    await trailers.over
    assert.deepEqual(text(trailers.end[0]), ['x-checksum', '42'])
    if (isNewer) assert.deepEqual(trailers.trailers, { 'x-checksum': '42' })
  })

  test(`a handler of the ${kind} kind pauses the app, and resumes it`, async (t) => {
    const handler = openApp(t, 'flood')
    const key = `pause-${kind}`
    const sent = async () => Number((await handler.handleRequest({ url: `/sent/${key}` })).body)
    const notes = make({ onData: (each) => each.chunks.length !== 1 })
    handler.dispatcher().dispatch({ ...GET, path: `/flood/${key}` }, notes.handler)
    await once(notes, 'data')
    let before
    let now = -1
    await until(async () => {
      before = now
      now = await sent()
      return before === now && now > 0
    }, 'the app waits')
    assert.ok(now < 100, `${now} chunks were sent`)
    assert.equal(notes.chunks.length, 1)
    if (isNewer) assert.equal(notes.controller.paused, true)
    notes.resume()
    assert.equal(await notes.over, null)
    assert.equal(notes.body.length, 64 * 1024 * 1024)
    assert.equal(await sent(), 1024)
  })

  test(`a handler of the ${kind} kind that pauses at the head gets nothing more until it resumes`, async (t) => {
    const handler = openApp(t, 'hello')
    const notes = make({ onHead: () => false })
    handler.dispatcher().dispatch(GET, notes.handler)
    await once(notes, 'head')
    // Another request comes and goes meanwhile.
    await handler.handleRequest({ url: '/' })
    assert.deepEqual(notes.calls, ['start', 'head'])
    notes.resume()
    assert.equal(await notes.over, null)
    assert.equal(notes.body, 'Hello, World!')
  })

  test(`a handler of the ${kind} kind aborts: at the start, before the head, while it is paused`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const dispatcher = handler.dispatcher()
    const reason = new Error('enough')
    const seen = async (key) => (await handler.handleRequest({ url: `/seen/${key}` })).body.toString()

    const atStart = make()
    atStart.once('start', () => atStart.abort(reason))
    dispatcher.dispatch({ ...GET, path: '/wait/never' }, atStart.handler)
    assert.equal(await atStart.over, reason)
    assert.equal(handler.stats().requests, 0)

    const waiting = make()
    dispatcher.dispatch({ ...GET, path: `/wait/${kind}` }, waiting.handler)
    await handler.handleRequest({ url: '/ping/' })
    waiting.abort(reason)
    waiting.abort(new Error('again'))
    assert.equal(await waiting.over, reason)
    assert.equal(await seen(kind), 'http.disconnect')

    const paused = make({ onHead: () => false })
    dispatcher.dispatch({ ...GET, path: `/stream/${kind}-paused` }, paused.handler)
    await once(paused, 'head')
    paused.abort()
    const error = await paused.over
    assert.equal(error.name, 'AbortError')
    assert.equal(error.code, 'UND_ERR_ABORTED')
    assert.equal(await seen(`${kind}-paused`), 'http.disconnect')
    assert.deepEqual(paused.calls, ['start', 'head', 'failed'])
    if (isNewer) {
      assert.equal(paused.controller.aborted, true)
      assert.equal(paused.controller.reason, error)
    }
  })

  test(`an error thrown by a callback of the ${kind} kind ends the request`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const reason = new Error('thrown')
    const notes = make({
      onData() {
        throw reason
      },
    })
    handler.dispatcher().dispatch({ ...GET, path: `/stream/throw-${kind}` }, notes.handler)
    assert.equal(await notes.over, reason)
    assert.equal((await handler.handleRequest({ url: `/seen/throw-${kind}` })).body.toString(), 'http.disconnect')
  })

  test(`a handler of the ${kind} kind is notified of the data sent`, async (t) => {
    const notes = make()
    const dispatcher = openApp(t, 'echo_stream').dispatcher()
    const pieces = []
    notes.on('sent', () => pieces.push(notes.sent[0]))
    dispatcher.dispatch({ ...POST, body: Readable.from(['one', Buffer.from('two')]) }, notes.handler)
    assert.equal(await notes.over, null)
    assert.equal(notes.body, 'onetwo')
    assert.deepEqual(pieces.map(String), ['one', 'two'])
  })
}

test('anything but a handler throws', (t) => {
  const dispatcher = openApp(t, 'hello').dispatcher()
  for (const handler of [undefined, null, {}, { onHeaders() {} }]) {
    assert.throws(() => dispatcher.dispatch(GET, handler), {
      code: 'ERR_ASGI_INVALID_OPTION',
      message: /onRequestStart/,
    })
  }
})

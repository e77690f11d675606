'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { getEventListeners, once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { Request } = require('..')
const { core } = require('../js/binding')
const { docroot, listen, openApp } = require('./support')

/** Waits until the app has noticed that the client of a request disconnected, and returns its note. */
async function seen(handler, key) {
  const response = await handler.handleRequest({ url: `/seen/${key}` })
  return response.body.toString()
}

const reason = new Error('enough')

test('a signal that was aborted before rejects without handing the request over', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const signal = AbortSignal.abort(reason)
  for (const argument of [signal, { signal }]) {
    await assert.rejects(handler.handleStream({ url: '/wait/never' }, argument), reason)
    await assert.rejects(handler.handleRequest({ url: '/wait/never' }, argument), reason)
  }
  assert.equal(handler.stats().requests, 0)
})

test('anything but an AbortSignal is refused before the app is called', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const alone = new core.PythonHandler('notice_disconnect:app', { docroot })
  t.after(() => alone.close())
  for (const each of [handler, alone]) {
    for (const method of ['handleRequest', 'handleStream']) {
      for (const signal of [5, 'signal', {}, new EventTarget()]) {
        const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: /^Invalid option signal: expected an AbortSignal/ }
        await assert.rejects(async () => each[method]({ url: '/ping/' }, { signal }), expected)
        await assert.rejects(async () => each[method](new Request({ url: '/ping/' }), { signal }), expected)
      }
    }
    assert.equal(each.stats().requests, 0)
  }
})

for (const method of ['handleRequest', 'handleStream']) {
  test(`C9 aborting ${method} before the response starts rejects and reaches the app`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    await handler.ready()
    const controller = new AbortController()
    const key = `before-${method}`
    const pending = handler[method]({ url: `/wait/${key}` }, controller.signal)
    // Requests start in order: when this one is answered the app waits in the one before.
    await handler.handleRequest({ url: '/ping/' })
    controller.abort(reason)
    await assert.rejects(pending, reason)
    assert.equal(await seen(handler, key), 'http.disconnect')
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  test(`aborting ${method} in the turn of the call rejects`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const controller = new AbortController()
    const pending = handler[method]({ url: '/wait/turn' }, { signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(pending, reason)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })
}

test('C8 C10 aborting after the response has started rejects its body and reaches the app', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const controller = new AbortController()
  const response = await handler.handleStream({ url: '/stream/after' }, controller.signal)
  assert.equal((await response.next()).toString(), 'first')
  const pending = response.next()
  controller.abort(reason)
  await assert.rejects(pending, reason)
  await assert.rejects(response.next(), reason)
  assert.equal(await seen(handler, 'after'), 'http.disconnect')
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
})

test('an abort after the end changes nothing, and no listener stays on the signal', async (t) => {
  const handler = openApp(t, 'echo_stream')
  const controller = new AbortController()
  const request = { url: '/', method: 'POST', body: 'abc' }
  const response = await handler.handleStream(request, controller.signal)
  const chunks = []
  for await (const chunk of response) chunks.push(chunk.toString())
  assert.deepEqual(chunks, ['abc'])
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  await handler.handleRequest(request, controller.signal)
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  controller.abort(reason)
  assert.equal(await response.next(), null)
})

test('D32 leaving the loop early reaches the app', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const response = await handler.handleStream({ url: '/stream/break' })
  for await (const chunk of response) {
    assert.equal(chunk.toString(), 'first')
    break
  }
  assert.equal(await seen(handler, 'break'), 'http.disconnect')
  await assert.rejects(response.next(), { code: 'ERR_ASGI_DISCONNECTED' })
})

test('D32 destroy() reaches the app, and its error reaches the readers', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const response = await handler.handleStream({ url: '/stream/destroy' })
  await response.next()
  const pending = response.next()
  response.destroy(reason)
  await assert.rejects(pending, reason)
  assert.equal(await seen(handler, 'destroy'), 'http.disconnect')
})

test('a waiting write() rejects when the request is aborted', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const controller = new AbortController()
  const request = new Request({ url: '/stream/writer', method: 'POST' })
  const response = await handler.handleStream(request, controller.signal)
  await response.next()
  controller.abort(reason)
  await assert.rejects(request.write('late'), reason)
  assert.equal(await seen(handler, 'writer'), 'http.disconnect')
})

for (const version of ['HTTP/1', 'HTTP/2']) {
  test(`C8 C9 C11 a client of the listener that leaves reaches the app over ${version}`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    const isHTTP2 = version === 'HTTP/2'
    const port = await listen(t, (isHTTP2 ? http2 : http).createServer(handler.listener))
    const session = isHTTP2 ? http2.connect(`http://127.0.0.1:${port}`) : null
    t.after(() => session?.destroy())
    for (const kind of ['stream', 'upload']) {
      const key = `${kind}-${version.replace('/', '')}`
      const method = kind === 'upload' ? 'POST' : 'GET'
      const target = `/${kind}/${key}`
      let client
      let response
      if (isHTTP2) {
        client = session.request({ ':path': target, ':method': method }, { endStream: kind !== 'upload' })
        response = client
      } else {
        client = http.request({ port, host: '127.0.0.1', path: target, method })
        if (kind === 'upload') client.write('start')
        else client.end()
        response = (await once(client, 'response'))[0]
      }
      client.on('error', () => undefined)
      response.on('error', () => undefined)
      assert.equal((await once(response, 'data'))[0].toString(), 'first')
      client.destroy(new Error('gone'))
      assert.equal(await seen(handler, key), 'http.disconnect')
    }
  })
}

test('C11 a stream that HTTP/2 resets without an error is a disconnect and not the end of its body', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  const port = await listen(t, http2.createServer(handler.listener))
  // Node's own client ends a body before it resets the stream, so the frames are written by hand.
  const socket = net.connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const frame = (type, flags, stream, payload) => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.writeUInt8(type, 3)
    head.writeUInt8(flags, 4)
    head.writeUInt32BE(stream, 5)
    return Buffer.concat([head, payload])
  }
  const target = '/upload/reset'
  // Entries of HPACK's static table: 3 and 6 are :method POST and :scheme http, 1 and 4 the names :authority and :path.
  const field = (name, value) => Buffer.concat([Buffer.from([name, value.length]), Buffer.from(value)])
  const headers = Buffer.concat([Buffer.from([0x83, 0x86]), field(1, 'localhost'), field(4, target)])
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(4, 0, 0, Buffer.alloc(0)))
  socket.write(frame(1, 4, 1, headers))
  socket.write(frame(0, 0, 1, Buffer.from('start')))
  for (let received = ''; !received.includes('first');) received += (await once(socket, 'data'))[0].toString('latin1')
  socket.write(frame(3, 0, 1, Buffer.alloc(4)))
  assert.equal(await seen(handler, 'reset'), 'http.disconnect')
})

test('D32 a response that is garbage collected is aborted', () => {
  const script = path.join(__dirname, 'fixtures', 'lose-response.js')
  const said = execFileSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8', timeout: 60000 })
  assert.deepEqual(said.trim().split('\n'), [
    'kept: first',
    'lost: http.disconnect',
    'fetch: http.disconnect',
    'kept: end',
  ])
})

test('anything but an AbortSignal is refused', async (t) => {
  const handler = openApp(t, 'hello')
  await assert.rejects(handler.handleStream({ url: '/' }, { signal: 'now' }), { code: 'ERR_ASGI_INVALID_OPTION' })
})

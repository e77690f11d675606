'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { PathRewriter } = require('..')
const { openApp } = require('./support')

const URL_BASE = 'http://example.com:8080'

test('B1 B7 B8 B11 B23 the scope describes a web-standard request', async (t) => {
  const { fetch } = openApp(t, 'dump_scope')
  const request = new Request(`${URL_BASE}/a%20b?c=%20d#e`, { headers: [['x-a', '1'], ['x-a', '2']] })
  const response = await fetch(request)
  assert.ok(response instanceof Response)
  assert.equal(response.status, 200)
  const scope = await response.json()
  assert.equal(scope.method, 'GET')
  assert.equal(scope.scheme, 'http')
  assert.equal(scope.path, '/a b')
  assert.deepEqual(scope.query_string, { bytes: 'c=%20d' })
  assert.deepEqual(scope.server, ['example.com', 8080])
  assert.equal(scope.client, null)
  assert.deepEqual(scope.headers, [[{ bytes: 'x-a' }, { bytes: '1, 2' }]])
  const secure = await (await fetch(new Request('https://example.com/'))).json()
  assert.equal(secure.scheme, 'https')
  assert.deepEqual(secure.server, ['example.com', 443])
})

test('fetch takes a URL and options, as the global one', async (t) => {
  const { fetch } = openApp(t, 'dump_scope')
  const seen = async (...args) => (await fetch(...args)).json()
  assert.equal((await seen(`${URL_BASE}/text?a`)).path, '/text')
  assert.equal((await seen(new URL(`${URL_BASE}/object?a`))).path, '/object')
  const init = { method: 'PUT', headers: { 'x-a': '1' }, body: 'body' }
  for (
    const input of [`${URL_BASE}/`, new Request(`${URL_BASE}/`), new Request(URL_BASE, { method: 'POST', body: 'b' })]
  ) {
    const scope = await seen(input, init)
    assert.equal(scope.method, 'PUT')
    assert.deepEqual(scope.headers.find(([name]) => name.bytes === 'x-a')[1], { bytes: '1' })
  }
  const echo = openApp(t, 'echo_stream').fetch
  assert.equal(await (await echo(`${URL_BASE}/`, init)).text(), 'body')
  const request = new Request(URL_BASE, { method: 'POST', body: 'own' })
  assert.equal(await (await echo(request, { headers: { 'x-a': '1' } })).text(), 'own')
  await assert.rejects(fetch('/relative'), TypeError)
  await assert.rejects(fetch(URL_BASE, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  await assert.rejects(fetch({ toString: () => URL_BASE }), { code: 'ERR_ASGI_EXPECTED_REQUEST' })
})

test('a request of another library and options make one request', async (t) => {
  const { fetch } = openApp(t, 'echo_stream')
  const own = new Request(URL_BASE, { method: 'POST', body: 'body' })
  const { url, method, headers, body, bodyUsed, signal } = own
  const response = await fetch({ url, method, headers, body, bodyUsed, signal }, { headers: { 'x-a': '1' } })
  assert.equal(await response.text(), 'body')
})

test('the further arguments that frameworks pass to a handler do not change the request', async (t) => {
  const { fetch } = openApp(t, 'echo_stream')
  const send = (...rest) => fetch(new Request(URL_BASE, { method: 'POST', body: 'body' }), ...rest)
  // Hono's environment and context, its Node server's, and what Next.js gives routes.
  const all = [[{ method: 'PUT', body: 'other' }, undefined], [{ incoming: {}, outgoing: {} }], [{ params: {} }], [
    null,
  ]]
  for (const rest of all) assert.equal(await (await send(...rest)).text(), 'body')
})

test('C3 a body goes to the app and back', async (t) => {
  const { fetch } = openApp(t, 'echo_stream')
  for (const size of [0, 1, 65536, 4 * 1024 * 1024]) {
    const body = Buffer.alloc(size, 'python-node ')
    const response = await fetch(new Request(URL_BASE, { method: 'POST', body }))
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(body))
  }
})

test('C4 a request without a body is one empty event', async (t) => {
  const { fetch } = openApp(t, 'list_events')
  for (const method of ['GET', 'POST', 'DELETE']) {
    const events = await (await fetch(new Request(URL_BASE, { method }))).json()
    assert.deepEqual(events, [{ type: 'http.request', body: '', more_body: false }])
  }
})

test('C5 D27 both bodies stream at the same time', async (t) => {
  const { fetch } = openApp(t, 'echo_stream')
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const response = await fetch(new Request(URL_BASE, { method: 'POST', body, duplex: 'half' }))
  const reader = response.body.getReader()
  for (const text of ['one', 'two']) {
    upload.enqueue(Buffer.from(text))
    const { value } = await reader.read()
    assert.ok(value.constructor === Uint8Array)
    assert.equal(Buffer.from(value).toString(), text)
  }
  upload.close()
  assert.equal((await reader.read()).done, true)
})

test('D6 D7 D9 several Set-Cookie are kept, and octets', async (t) => {
  const { fetch } = openApp(t, 'send_headers')
  const { headers } = await fetch(new Request(URL_BASE))
  assert.equal(headers.get('set-cookie'), 'a=1, b=2')
  // Nodes before 18.15 have no other way to look at them.
  if (headers.getSetCookie !== undefined) assert.deepEqual(headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(headers.get('x-octets'), 'caf\xe9')
  assert.equal(headers.get('transfer-encoding'), null)
  assert.equal(headers.get('keep-alive'), null)
})

for (const status of [204, 205, 304]) {
  test(`D26 status ${status} has a null body`, async (t) => {
    const { fetch } = openApp(t, 'send_status')
    for (const target of [`/${status}`, `/${status}/stream`]) {
      const response = await fetch(new Request(URL_BASE + target))
      assert.equal(response.status, status)
      assert.equal(response.body, null)
      assert.equal(response.headers.get('x-kept'), 'yes')
    }
  })
}

test('D25 HEAD has a null body', async (t) => {
  const { fetch } = openApp(t, 'send_status')
  const response = await fetch(new Request(`${URL_BASE}/200`, { method: 'HEAD' }))
  assert.equal(response.status, 200)
  assert.equal(response.body, null)
})

test('a status that a web-standard response cannot have rejects', async (t) => {
  const { fetch } = openApp(t, 'send_status')
  await assert.rejects(fetch(new Request(`${URL_BASE}/600`)), RangeError)
})

test('D21 an error before the response starts rejects', async (t) => {
  const { fetch } = openApp(t, 'raises')
  await assert.rejects(fetch(new Request(`${URL_BASE}/before`)), {
    code: 'ERR_ASGI_PYTHON',
    message: 'Python error: ValueError: not today',
  })
  await assert.rejects(fetch(new Request(`${URL_BASE}/silent`)), { code: 'ERR_ASGI_NO_RESPONSE' })
})

test('D22 an error after the start comes after the chunks before it', async (t) => {
  const { fetch } = openApp(t, 'raises')
  const reader = (await fetch(new Request(`${URL_BASE}/after`))).body.getReader()
  assert.equal(Buffer.from((await reader.read()).value).toString(), 'first')
  await assert.rejects(reader.read(), { code: 'ERR_ASGI_PYTHON' })
})

test('C8 C9 aborting the request reaches the app, before and after the response starts', async (t) => {
  const handler = openApp(t, 'notice_disconnect')
  // A request that is aborted while its loop starts does not reach the app.
  await handler.ready()
  const { fetch } = handler
  const reason = new Error('enough')
  for (const kind of ['wait', 'stream']) {
    const controller = new AbortController()
    const key = `fetch-abort-${kind}`
    const pending = fetch(new Request(`${URL_BASE}/${kind}/${key}`, { signal: controller.signal }))
    let failing = pending
    if (kind === 'stream') {
      const reader = (await pending).body.getReader()
      await reader.read()
      failing = reader.read()
    }
    controller.abort(reason)
    await assert.rejects(failing, reason)
    assert.equal(await (await fetch(new Request(`${URL_BASE}/seen/${key}`))).text(), 'http.disconnect')
  }
})

test('a request that was aborted before is not handed over', async (t) => {
  const handler = openApp(t, 'hello')
  const reason = new Error('never')
  await assert.rejects(handler.fetch(new Request(URL_BASE, { signal: AbortSignal.abort(reason) })), reason)
  assert.equal(handler.stats().requests, 0)
})

test('D32 cancelling the body reaches the app', async (t) => {
  const { fetch } = openApp(t, 'notice_disconnect')
  const response = await fetch(new Request(`${URL_BASE}/stream/fetch-cancel`))
  const reader = response.body.getReader()
  await reader.read()
  await reader.cancel()
  assert.equal(await (await fetch(new Request(`${URL_BASE}/seen/fetch-cancel`))).text(), 'http.disconnect')
})

test('C11 an upload that fails is a disconnect for the app and not the end of its body', async (t) => {
  const { fetch } = openApp(t, 'notice_disconnect')
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const request = new Request(`${URL_BASE}/upload/fetch-upload`, { method: 'POST', body, duplex: 'half' })
  const reader = (await fetch(request)).body.getReader()
  await reader.read()
  const reason = new Error('broken upload')
  upload.error(reason)
  await assert.rejects(reader.read(), reason)
  assert.equal(await (await fetch(new Request(`${URL_BASE}/seen/fetch-upload`))).text(), 'http.disconnect')
})

test('C13 an answer before the end of the upload cancels the upload', async (t) => {
  const { fetch } = openApp(t, 'answer_early')
  let cancelled
  const isCancelled = new Promise((resolve) => (cancelled = resolve))
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65536)),
    cancel: cancelled,
  })
  const response = await fetch(new Request(URL_BASE, { method: 'POST', body, duplex: 'half' }))
  assert.equal(response.status, 413)
  assert.equal(await response.text(), 'early')
  await isCancelled
})

test('a rewriter changes what the app sees', async (t) => {
  const { fetch } = openApp(t, 'dump_scope', { rewriter: new PathRewriter('^/old', '/new') })
  const scope = await (await fetch(new Request(`${URL_BASE}/old/1?q`))).json()
  assert.equal(scope.path, '/new/1')
  assert.deepEqual(scope.query_string, { bytes: 'q' })
})

test('anything but a web-standard request is refused', async (t) => {
  const { fetch } = openApp(t, 'hello')
  for (const value of [undefined, 5, { url: '/' }]) {
    const expected = { code: 'ERR_ASGI_EXPECTED_REQUEST', message: /^Expected Request, URL or string, got / }
    await assert.rejects(fetch(value), expected)
  }
})

'use strict'

const assert = require('node:assert/strict')
const { Readable } = require('node:stream')
const { test } = require('node:test')
const { PathRewriter } = require('../..')
const { openApp, until } = require('../support')
const { headerOf, openHostApp } = require('./support')

const ORIGIN = 'http://python.internal'

/** Node's fetch with a handler in place of the network. */
function fetchOf(handler) {
  const dispatcher = handler.dispatcher()
  return (path, init) => fetch(new URL(path, ORIGIN), { ...init, dispatcher })
}

test("Node's fetch asks the app, and its scope describes the request", async (t) => {
  const ask = fetchOf(openApp(t, 'dump_scope'))
  const response = await ask('/a%20b/items?q=%20x', { headers: [['x-a', '1'], ['x-a', '2']] })
  assert.equal(response.status, 200)
  assert.equal(response.statusText, 'OK')
  assert.equal(response.url, `${ORIGIN}/a%20b/items?q=%20x`)
  const scope = await response.json()
  assert.equal(scope.method, 'GET')
  assert.equal(scope.scheme, 'http')
  assert.equal(scope.path, '/a b/items')
  assert.deepEqual(scope.query_string, { bytes: 'q=%20x' })
  assert.equal(scope.root_path, '')
  assert.equal(scope.client, null)
  assert.deepEqual(scope.server, ['python.internal', 80])
  assert.deepEqual(scope.headers[0], [{ bytes: 'host' }, { bytes: 'python.internal' }])
  assert.deepEqual(headerOf(scope, 'x-a'), ['1, 2'])
})

const SERVERS = [
  ['https://python.internal/', 'https', ['python.internal', 443], 'python.internal'],
  ['http://python.internal:8080/', 'http', ['python.internal', 8080], 'python.internal:8080'],
  ['http://[::1]:81/', 'http', ['::1', 81], '[::1]:81'],
]

for (const [url, scheme, server, host] of SERVERS) {
  test(`scheme, server and host come from ${url}`, async (t) => {
    const dispatcher = openApp(t, 'dump_scope').dispatcher()
    const scope = await (await fetch(url, { dispatcher })).json()
    assert.equal(scope.scheme, scheme)
    assert.deepEqual(scope.server, server)
    assert.deepEqual(headerOf(scope, 'host'), [host])
  })
}

for (const size of [0, 1, 65536, 4 * 1024 * 1024]) {
  test(`a body of ${size} bytes goes to the app and back`, async (t) => {
    const ask = fetchOf(openApp(t, 'echo_stream'))
    const body = Buffer.alloc(size, 'python-node ')
    const response = await ask('/', { method: 'POST', body })
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(body))
  })
}

test('both bodies stream at the same time', async (t) => {
  const ask = fetchOf(openApp(t, 'echo_stream'))
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const response = await ask('/', { method: 'POST', body, duplex: 'half' })
  const reader = response.body.getReader()
  for (const text of ['one', 'two']) {
    upload.enqueue(Buffer.from(text))
    assert.equal(Buffer.from((await reader.read()).value).toString(), text)
  }
  upload.close()
  assert.equal((await reader.read()).done, true)
})

test('a FormData arrives as multipart with its length', async (t) => {
  const form = new FormData()
  form.append('field', 'value')
  const scope = await (await fetchOf(openApp(t, 'dump_scope'))('/', { method: 'POST', body: form })).json()
  assert.match(headerOf(scope, 'content-type')[0], /^multipart\/form-data; boundary=/)
  const text = await (await fetchOf(openApp(t, 'echo_stream'))('/', { method: 'POST', body: form })).text()
  assert.match(text, /name="field"\r\n\r\nvalue\r\n/)
})

test('several Set-Cookie are kept, and octets', async (t) => {
  const { headers } = await fetchOf(openApp(t, 'send_headers'))('/')
  assert.equal(headers.get('set-cookie'), 'a=1, b=2')
  assert.equal(headers.get('x-octets'), 'caf\xe9')
  assert.equal(headers.get('transfer-encoding'), null)
})

for (const [method, status] of [['HEAD', 200], ['GET', 204], ['GET', 304], ['GET', 205]]) {
  test(`${method} with status ${status} has no body`, async (t) => {
    const ask = fetchOf(openApp(t, 'send_status'))
    for (const path of [`/${status}`, `/${status}/stream`]) {
      const response = await ask(path, { method })
      assert.equal(response.status, status)
      assert.equal(response.headers.get('x-kept'), 'yes')
      assert.equal(await response.text(), '')
    }
  })
}

test('fetch undoes the content encoding of the app', async (t) => {
  const response = await fetchOf(openHostApp(t, 'compresses'))('/')
  assert.equal(response.headers.get('content-encoding'), 'gzip')
  assert.equal(await response.text(), 'compressed '.repeat(1000))
})

test('fetch follows redirects of the app, as its options say', async (t) => {
  const ask = fetchOf(openHostApp(t, 'redirects'))
  const kept = await ask('/307', { method: 'POST', body: 'text' })
  assert.equal(kept.redirected, true)
  assert.equal(await kept.text(), 'POST text')
  assert.equal(await (await ask('/303', { method: 'POST', body: 'text' })).text(), 'GET ')
  const manual = await ask('/307', { redirect: 'manual' })
  assert.equal(manual.status, 307)
  assert.equal(manual.headers.get('location'), '/landed')
  await assert.rejects(ask('/307', { redirect: 'error' }), TypeError)
})

test('an interim response is not passed on', async (t) => {
  const response = await fetchOf(openApp(t, 'send_hints'))('/')
  assert.equal(response.status, 200)
})

test('an error of the app is the cause of the rejection', async (t) => {
  const ask = fetchOf(openApp(t, 'raises'))
  const before = await ask('/before').then(assert.fail, (error) => error)
  assert.ok(before instanceof TypeError)
  assert.equal(before.cause.code, 'ERR_ASGI_PYTHON')
  assert.match(before.cause.pythonTraceback, /ValueError: not today/)
  const silent = await ask('/silent').then(assert.fail, (error) => error)
  assert.equal(silent.cause.code, 'ERR_ASGI_NO_RESPONSE')
})

test('a body that an error cuts off is no clean end', async (t) => {
  const ask = fetchOf(openApp(t, 'raises'))
  for (const [path, code] of [['/after', 'ERR_ASGI_PYTHON'], ['/short', 'ERR_ASGI_INCOMPLETE_RESPONSE']]) {
    const response = await ask(path)
    assert.equal(response.status, 200)
    const error = await response.text().then(assert.fail, (each) => each)
    assert.equal(error.cause.code, code)
  }
})

for (const kind of ['wait', 'stream']) {
  test(`aborting a fetch of /${kind} reaches the app`, async (t) => {
    const handler = openApp(t, 'notice_disconnect')
    // A request that is aborted while its loop starts does not reach the app.
    await handler.ready()
    const ask = fetchOf(handler)
    const controller = new AbortController()
    const key = `dispatch-abort-${kind}`
    const pending = ask(`/${kind}/${key}`, { signal: controller.signal })
    let failing = pending
    if (kind === 'stream') {
      const reader = (await pending).body.getReader()
      await reader.read()
      failing = reader.read()
    } else {
      // fetch dispatches a few turns later; the app has the request once it is counted.
      await until(() => handler.stats().requests === 1, 'the app has the request')
    }
    controller.abort()
    await assert.rejects(failing, { name: 'AbortError' })
    assert.equal(await (await ask(`/seen/${key}`)).text(), 'http.disconnect')
  })
}

test('cancelling the body reaches the app', async (t) => {
  const ask = fetchOf(openApp(t, 'notice_disconnect'))
  const reader = (await ask('/stream/dispatch-cancel')).body.getReader()
  await reader.read()
  await reader.cancel()
  assert.equal(await (await ask('/seen/dispatch-cancel')).text(), 'http.disconnect')
})

test('an upload that fails is a disconnect for the app and not the end of its body', async (t) => {
  const ask = fetchOf(openApp(t, 'notice_disconnect'))
  let upload
  const body = new ReadableStream({ start: (controller) => (upload = controller) })
  const response = await ask('/upload/dispatch-upload', { method: 'POST', body, duplex: 'half' })
  const reader = response.body.getReader()
  await reader.read()
  upload.error(new Error('broken upload'))
  await assert.rejects(reader.read())
  assert.equal(await (await ask('/seen/dispatch-upload')).text(), 'http.disconnect')
})

test('the app waits in send() while the response is not read', async (t) => {
  const ask = fetchOf(openApp(t, 'flood'))
  const sent = async () => Number(await (await ask('/sent/dispatched')).text())
  const response = await ask('/flood/dispatched')
  // Requests are answered in turn with the flood: what it has sent no longer grows once its buffers are full.
  let before
  let now = -1
  await until(async () => {
    before = now
    now = await sent()
    return before === now && now > 0
  }, 'the app waits')
  assert.ok(now < 100, `${now} chunks were sent`)
  let length = 0
  for await (const chunk of response.body) length += chunk.length
  assert.equal(length, 64 * 1024 * 1024)
  assert.equal(await sent(), 1024)
})

test('the upload waits while the app does not read', async (t) => {
  const ask = fetchOf(openApp(t, 'flood'))
  let taken = 0
  const chunks = Array.from({ length: 256 }, () => Buffer.alloc(65536))
  const body = Readable.toWeb(Readable.from((function* () {
    for (const chunk of chunks) {
      taken++
      yield chunk
    }
  })()))
  const pending = ask('/hold/dispatched', { method: 'POST', body, duplex: 'half' })
  let before
  await until(async () => {
    before = taken
    await (await ask('/sent/none')).text()
    return before === taken && taken > 0
  }, 'the upload waits')
  assert.ok(taken < 100, `${taken} chunks were taken`)
  await ask('/read/dispatched')
  assert.equal(await (await pending).text(), String(256 * 65536))
})

test('a rewriter changes what the app sees', async (t) => {
  const ask = fetchOf(openApp(t, 'dump_scope', { rewriter: new PathRewriter('^/old', '/new') }))
  const scope = await (await ask('/old/1?q')).json()
  assert.equal(scope.path, '/new/1')
  assert.deepEqual(scope.query_string, { bytes: 'q' })
  assert.deepEqual(headerOf(scope, 'host'), ['python.internal'])
})

test('a request over maxConcurrency, and one of a closed handler, are refused', async (t) => {
  const handler = openApp(t, 'notice_disconnect', { maxConcurrency: 1 })
  const ask = fetchOf(handler)
  const first = await ask('/stream/dispatch-busy')
  const busy = await ask('/ping/').then(assert.fail, (error) => error)
  assert.equal(busy.cause.code, 'ERR_ASGI_TOO_MANY_REQUESTS')
  await first.body.cancel()
  await handler.close()
  const closed = await ask('/ping/').then(assert.fail, (error) => error)
  assert.equal(closed.cause.code, 'ERR_ASGI_CLOSED')
})

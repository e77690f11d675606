'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const { test } = require('node:test')
const { Request } = require('../..')
const { PythonHandler: Bare } = require('../../python-node.node')
const { docroot, listen, openApp, send } = require('../support')

const CONTENT = Buffer.from(Array.from({ length: 256 * 1024 }, (_, i) => i % 256))

async function serve(t, options) {
  const handler = openApp(t, 'send_files', options)
  return { handler, port: await listen(t, http.createServer(handler.listener)) }
}

async function ask(handler, path) {
  const response = await handler.handleRequest({ url: path })
  return response.body.toString()
}

test('A17 extensions that send files are offered where they can be read, each as a dict', async (t) => {
  const { handler, port } = await serve(t)
  const { body } = await send({ port, path: '/extensions' })
  const offered = JSON.parse(body)
  for (const name of ['pathsend', 'zerocopysend', 'trailers', 'early_hint']) {
    assert.deepEqual(offered[`http.response.${name}`], {})
  }
  const inProcess = JSON.parse(await ask(handler, '/extensions'))
  assert.deepEqual(Object.keys(inProcess).toSorted?.() ?? Object.keys(inProcess).sort(), [
    'http.response.pathsend',
    'http.response.trailers',
    'http.response.zerocopysend',
  ])
})

test('I20 the debug extension is not offered', async (t) => {
  const { port } = await serve(t)
  const { body } = await send({ port, path: '/extensions' })
  assert.equal('http.response.debug' in JSON.parse(body), false)
})

test('I11 I13 a file that is named is the whole body, without headers of the server', async (t) => {
  const { handler, port } = await serve(t)
  const response = await send({ port, path: '/path_send' })
  assert.ok(response.body.equals(CONTENT))
  assert.equal(response.headers['content-type'], 'text/plain')
  for (const name of ['content-length', 'content-disposition', 'etag', 'last-modified', 'accept-ranges']) {
    assert.equal(name in response.headers, false, name)
  }
  await ask(handler, '/remove_kept')
  const whole = await handler.handleRequest({ url: '/path_send' })
  assert.ok(whole.body.equals(CONTENT))
  await ask(handler, '/remove_kept')
  const streamed = await handler.handleStream(new Request({ url: '/path_send' }))
  const chunks = []
  for await (const chunk of streamed) chunks.push(chunk)
  assert.ok(Buffer.concat(chunks).equals(CONTENT))
  await ask(handler, '/remove_kept')
})

test('I12 a file cannot be mixed with a body', async (t) => {
  const { handler } = await serve(t)
  assert.match(
    await ask(handler, '/path_after_body'),
    /^first RuntimeError: Expected ASGI message 'http.response.body'/,
  )
  const response = await handler.handleRequest({ url: '/body_after_path' }).catch((error) => error)
  // The app's temporary file may be gone when it is opened: then the response fails, and is not cut short.
  if (response instanceof Error) assert.equal(response.code, 'ENOENT')
  else assert.ok(response.body.equals(CONTENT))
  assert.equal(
    JSON.parse(await ask(handler, '/recall')).after,
    "RuntimeError: Unexpected ASGI message 'http.response.body' sent, after 'http.response.pathsend'.",
  )
})

test('I14 a file that cannot be opened raises in the app, and is a 500 if the app does not catch it', async (t) => {
  const { handler, port } = await serve(t)
  const [missing, relative, number] = JSON.parse(await ask(handler, '/missing'))
  assert.match(missing, /^FileNotFoundError/)
  assert.match(relative, /^ValueError: 'path' must be absolute/)
  assert.match(number, /^TypeError: 'path' must be str/)
  await assert.rejects(handler.handleRequest({ url: '/missing_unanswered' }), { pythonType: 'FileNotFoundError' })
  await assert.rejects(send({ port, path: '/missing_unanswered' }), { code: 'ECONNRESET' })
})

test("I6 I10 a descriptor is sent from its position to the end, and stays the app's", async (t) => {
  const { handler, port } = await serve(t)
  const response = await send({ port, path: '/zero_copy' })
  assert.ok(response.body.equals(CONTENT.subarray(1000)))
  assert.equal(JSON.parse(await ask(handler, '/recall')).position, CONTENT.length)
})

test('I7 I8 I9 offset and count are honoured, and parts mix with bodies', async (t) => {
  const { handler, port } = await serve(t)
  const expected = Buffer.concat([
    Buffer.from('['),
    CONTENT.subarray(10, 15),
    Buffer.from('|'),
    CONTENT.subarray(0, 6),
    Buffer.from(']'),
  ])
  assert.ok((await send({ port, path: '/zero_copy_mixed' })).body.equals(expected))
  assert.ok((await handler.handleRequest({ url: '/zero_copy_mixed' })).body.equals(expected))
})

test('anything but an open file is refused in the app', async (t) => {
  const { handler } = await serve(t)
  const results = JSON.parse(await ask(handler, '/zero_copy_refused'))
  assert.deepEqual(results.map((text) => text.split(':')[0]), [
    'ValueError',
    'ValueError',
    'ValueError',
    'TypeError',
    'KeyError',
  ])
})

test('a file that is given up half read leaves no descriptor open', async (t) => {
  const { handler } = await serve(t)
  await ask(handler, '/extensions')
  const before = fs.readdirSync('/proc/self/fd').length
  for (let i = 0; i < 5; i++) {
    const response = await handler.handleStream({ url: '/endless' })
    await response.next()
    response.destroy()
  }
  // The descriptors are closed on libuv's thread pool: wait for a request that runs there after them.
  await new Promise((resolve) => fs.stat('.', resolve))
  await ask(handler, '/extensions')
  await new Promise((resolve) => fs.stat('.', resolve))
  assert.ok(fs.readdirSync('/proc/self/fd').length <= before + 1)
})

test('the addon alone does not offer extensions that need a file reader', async (t) => {
  const bare = new Bare('send_files', 'app', { docroot })
  t.after(() => bare.close())
  const { FileReader } = require('../../python-node.node').core
  const { fs } = FileReader
  FileReader.fs = undefined
  t.after(() => {
    FileReader.fs = fs
  })
  const { body } = await bare.handleRequest({ url: '/extensions' })
  assert.deepEqual(JSON.parse(body), { 'http.response.trailers': {} })
})

test('a file that no descriptor is left for is refused, and the response can be sent in another way', async (t) => {
  const { port } = await serve(t)
  const { status, body } = await send({ port, path: '/without_descriptors' })
  assert.equal(status, 200)
  assert.equal(body.toString(), "'file' could not be duplicated: too many open files")
})

'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder } = require('../../support')
const { allClosed, serveFolder } = require('./support')

const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))

test('a file is sent with its type, length and validators, and HEAD has the same headers', async (t) => {
  const folder = makeFolder(t, {
    'css/site.css': 'body { color: red }',
    'grüße .txt': 'hello',
    empty: '',
    'a.JPG': 'x',
  })
  fs.utimesSync(path.join(folder, 'css/site.css'), 1_000_000_000, 1_000_000_000)
  const { ask } = await serveFolder(t, folder)
  const got = await ask('/static/css/site.css?v=1')
  assert.equal(got.status, 200)
  assert.equal(got.body.toString(), 'body { color: red }')
  assert.equal(got.headers['content-type'], 'text/css; charset=utf-8')
  assert.equal(got.headers['content-length'], '19')
  assert.equal(got.headers['accept-ranges'], 'bytes')
  assert.equal(got.headers['last-modified'], 'Sun, 09 Sep 2001 01:46:40 GMT')
  assert.match(got.headers.etag, /^"[\w-]+"$/)
  const head = await ask('/static/css/site.css', {}, 'HEAD')
  assert.equal(head.body.length, 0)
  for (const name of ['content-type', 'content-length', 'etag', 'last-modified', 'vary']) {
    assert.equal(head.headers[name], got.headers[name], name)
  }
  assert.equal((await ask('/static/gr%C3%BC%C3%9Fe%20.txt')).body.toString(), 'hello')
  assert.equal((await ask('/static/a.JPG')).headers['content-type'], 'image/jpeg')
  const empty = await ask('/static/empty')
  assert.deepEqual([empty.status, empty.headers['content-length']], [200, '0'])
  assert.equal(empty.headers['content-type'], 'application/octet-stream')
  await allClosed()
})

test('paths outside the routes go to the app, and a missing file below a route is a 404', async (t) => {
  const { ask } = await serveFolder(t, makeFolder(t, { 'a.txt': 'a', 'no-index/b.txt': 'b' }))
  for (const url of ['/', '/statics/a.txt', '/static.txt', '/a.txt']) assert.equal((await ask(url)).status, 299, url)
  for (const url of ['/static', '/static/', '/static/b.txt', '/static/a.txt/', '/static/a.txt/c', '/static/no-index']) {
    assert.equal((await ask(url)).status, 404, url)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask('/static/a.txt', {}, method)
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method)
  }
})

test('a folder is its index.html, with a slash at its end', async (t) => {
  const { ask } = await serveFolder(t, makeFolder(t, { 'index.html': 'top', 'docs/index.html': '<p>docs' }))
  const { status, headers, body } = await ask('/static/docs/')
  assert.deepEqual([status, headers['content-type'], body.toString()], [200, 'text/html; charset=utf-8', '<p>docs'])
  for (const [url, location] of [['/static', '/static/'], ['/static/docs?a=1', '/static/docs/?a=1']]) {
    const answer = await ask(url)
    assert.deepEqual([answer.status, answer.headers.location], [301, location])
  }
  assert.equal((await ask('/static/')).body.toString(), 'top')
  await allClosed()
})

test('of several routes the longest counts, with and without the root path', async (t) => {
  const one = makeFolder(t, { 'a.txt': 'one', 'sub/index.html': 'x' })
  const two = makeFolder(t, { 'a.txt': 'two' })
  const settings = { staticPathRoutes: ['/static', '/static/img'], staticPathMounts: [one, two], rootPath: '/api' }
  const { ask } = await serveFolder(t, one, settings)
  for (const prefix of ['', '/api']) {
    assert.equal((await ask(`${prefix}/static/a.txt`)).body.toString(), 'one')
    assert.equal((await ask(`${prefix}/static/img/a.txt`)).body.toString(), 'two')
    assert.equal((await ask(`${prefix}/static/sub`)).headers.location, '/api/static/sub/')
  }
  assert.equal((await ask('/apis/static/a.txt')).status, 299)
})

test('a client that already has the file gets a 304', async (t) => {
  const folder = makeFolder(t, { 'a.txt': 'hello' })
  fs.utimesSync(path.join(folder, 'a.txt'), 1_000_000_000, 1_000_000_000.5)
  const { ask } = await serveFolder(t, folder)
  const { headers: { etag } } = await ask('/static/a.txt')
  const same = 'Sun, 09 Sep 2001 01:46:40 GMT'
  const cases = [
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"other", W/${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': same }, 200],
    [{ 'if-modified-since': same }, 304],
    [{ 'if-modified-since': 'Sunday, 09-Sep-01 01:46:40 GMT' }, 304],
    [{ 'if-modified-since': 'Sun Sep  9 01:46:40 2001' }, 304],
    [{ 'if-modified-since': 'Sun, 09 Sep 2001 01:46:39 GMT' }, 200],
    [{ 'if-modified-since': '2099' }, 200],
    [{ 'if-match': etag }, 200],
    [{ 'if-match': `W/${etag}` }, 412],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-unmodified-since': 'Sun, 09 Sep 2001 01:46:39 GMT' }, 412],
    [{ 'if-unmodified-since': same }, 200],
  ]
  for (const [headers, status] of cases) {
    for (const method of ['GET', 'HEAD']) {
      assert.equal((await ask('/static/a.txt', headers, method)).status, status, JSON.stringify(headers))
    }
  }
  const { headers, body } = await ask('/static/a.txt', { 'if-none-match': etag })
  assert.deepEqual([headers.etag, headers['last-modified'], headers.vary], [etag, same, 'Accept-Encoding'])
  assert.deepEqual([body.length, headers['content-length']], [0, undefined])
  fs.writeFileSync(path.join(folder, 'a.txt'), 'changed')
  assert.equal((await ask('/static/a.txt', { 'if-none-match': etag })).body.toString(), 'changed')
  await allClosed()
})

test('a range is sent alone, and one that the file does not have is 416', async (t) => {
  const { ask } = await serveFolder(t, makeFolder(t, { 'a.bin': LARGE, empty: '' }))
  const { headers: { etag, 'last-modified': date } } = await ask('/static/a.bin')
  const size = LARGE.length
  const parts = { 'bytes=0-0': [0, 0], 'bytes=100000-299998': [100_000, 299_998], 'bytes=299999-': [299_999, 299_999] }
  Object.assign(parts, {
    'bytes=-5': [299_995, 299_999],
    'bytes=7-9999999': [7, 299_999],
    'BYTES=-9999999': [0, 299_999],
  })
  for (const [range, [start, end]] of Object.entries(parts)) {
    const { status, headers, body } = await ask('/static/a.bin', { range })
    assert.deepEqual([status, headers['content-range']], [206, `bytes ${start}-${end}/${size}`], range)
    assert.ok(body.equals(LARGE.subarray(start, end + 1)), range)
    assert.equal(headers['content-length'], String(end - start + 1))
    assert.equal(headers.etag, etag)
  }
  for (const range of ['bytes=300000-', `bytes=${'9'.repeat(400)}-`, 'bytes=-0']) {
    const { status, headers } = await ask('/static/a.bin', { range })
    assert.deepEqual([status, headers['content-range']], [416, `bytes */${size}`], range)
  }
  for (const range of ['bytes=5-2', 'bytes=0-1,5-6', 'bytes=a-b', 'bytes=-', 'lines=1-2', '']) {
    const { status, body } = await ask('/static/a.bin', { range })
    assert.deepEqual([status, body.length], [200, size], range)
  }
  const conditions = {
    [etag]: 206,
    [date]: 206,
    [`W/${etag}`]: 200,
    '"other"': 200,
    'Sun, 09 Sep 2001 01:46:40 GMT': 200,
  }
  for (const [condition, status] of Object.entries(conditions)) {
    assert.equal((await ask('/static/a.bin', { range: 'bytes=0-9', 'if-range': condition })).status, status, condition)
  }
  assert.equal((await ask('/static/a.bin', { range: 'bytes=0-9' }, 'HEAD')).status, 200)
  assert.equal((await ask('/static/empty', { range: 'bytes=0-' })).status, 200)
  await allClosed()
})

test('a compressed file beside a file is sent to clients that take it', async (t) => {
  const files = {
    'a.js': 'plain',
    'a.js.br': 'brotli',
    'a.js.gz': 'gzip',
    'b.js': 'plain',
    'b.js.gz': 'gzip',
    'c.js.br': 'x',
  }
  const { ask } = await serveFolder(t, makeFolder(t, files))
  const cases = [
    ['a', undefined, 'plain'],
    ['a', 'gzip, deflate, br', 'brotli'],
    ['a', 'gzip', 'gzip'],
    ['a', 'x-gzip', 'gzip'],
    ['a', 'br;q=0.5, gzip;q=0.8', 'gzip'],
    ['a', 'br;q=0, *', 'gzip'],
    ['a', '*', 'brotli'],
    ['a', 'identity;q=1, *;q=0', 'plain'],
    ['a', 'identity, gzip;q=0.5', 'plain'],
    ['a', 'deflate', 'plain'],
    ['a', 'br;q=zero', 'plain'],
    ['b', 'gzip, br', 'gzip'],
    ['b', 'br', 'plain'],
  ]
  const tags = new Map()
  for (const [name, accepted, expected] of cases) {
    const asked = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const { headers, body } = await ask(`/static/${name}.js`, asked)
    assert.equal(body.toString(), expected, `${name} ${accepted}`)
    assert.equal(headers['content-encoding'], { brotli: 'br', gzip: 'gzip' }[expected], accepted)
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(headers.vary, 'Accept-Encoding')
    if (name === 'a') tags.set(headers.etag, expected)
  }
  assert.deepEqual([...tags.values()].sort(), ['brotli', 'gzip', 'plain'], 'each has a tag of its own')
  assert.equal((await ask('/static/c.js', { 'accept-encoding': 'br' })).status, 404, 'there is no such file')
  const { headers } = await ask('/static/a.js.gz', { 'accept-encoding': 'gzip' })
  assert.deepEqual([headers['content-type'], headers['content-encoding']], ['application/gzip', undefined])
  await allClosed()
})

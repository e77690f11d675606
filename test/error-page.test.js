'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { preferredType } = require('../js/error-page/accept')
const { openApp, quiet, serve } = require('./support')

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

/** Serves an app that raises, and shows its exception. */
async function exposed(t, protocol = 'http', options = { exposeErrors: true }) {
  quiet(t)
  return serve(t, protocol, openApp(t, 'raises_with_variables', options).listener)
}

for (const protocol of ['http', 'h2c']) {
  for (const path of ['/bare', '/plain']) {
    test(`a browser gets a page with source, request and variables, for ${path} over ${protocol}`, async (t) => {
      const request = await exposed(t, protocol)
      const { status, headers, body } = await request({
        path: `${path}?q=<b>`,
        headers: { accept: BROWSER, 'x-own': '<i>' },
      })
      assert.equal(status, 500)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.equal(headers['cache-control'], 'no-store')
      assert.match(headers['content-security-policy'], /^default-src 'none'/)
      const page = body.toString()
      assert.match(page, /<h1>LookupError<\/h1>/)
      assert.match(page, /raises_with_variables\.py:14<\/b> in <b>price_of<\/b>/)
      assert.match(page, /<li class="here" value="14"><code> {4}raise LookupError\(f&quot;no price for \{markup\}/)
      assert.match(page, /<th>markup<\/th><td>[^<]*onerror=alert\(/)
      assert.match(page, /<th>broken<\/th><td>&lt;Broken instance at /)
      assert.match(page, /<th>many<\/th><td>\[0, 1, 2, [^<]*, \.\.\.\]/)
      assert.match(page, /GET \/(bare|plain)\?q=&lt;b&gt; HTTP/)
      assert.match(page, /<th>x-own<\/th><td>&lt;i&gt;<\/td>/)
      assert.match(page, /prefers-color-scheme: dark/)
      // Nothing of what the app or the client said is markup, and a long text is cut.
      assert.doesNotMatch(page, /<img|<b>'|<script|<i>|<td>[^<]{1001}/)
      assert.ok(page.length < 50_000, String(page.length))
    })

    test(`others get JSON where they ask for it, and else the traceback, for ${path} over ${protocol}`, async (t) => {
      const request = await exposed(t, protocol)
      const json = await request({ path, headers: { accept: 'application/json' } })
      assert.equal(json.headers['content-type'], 'application/json; charset=utf-8')
      const { type, frames, traceback, request: asked } = JSON.parse(json.body)
      assert.equal(type, 'LookupError')
      assert.match(frames[0].file, /raises_with_variables\.py$/)
      assert.deepEqual([frames[0].function, frames[0].line, frames[1].function], ['price_of', 14, 'app'])
      assert.match(traceback, /^Traceback[^]*LookupError: /)
      assert.deepEqual(asked, { method: 'GET', url: path })
      for (const accept of [undefined, '*/*', 'text/plain']) {
        const { status, headers, body } = await request({ path, headers: accept === undefined ? {} : { accept } })
        assert.deepEqual([status, headers['content-type']], [500, 'text/plain; charset=utf-8'])
        assert.match(String(body), /^Traceback[^]*LookupError: .*\n$/)
      }
      const head = await request({ method: 'HEAD', path, headers: { accept: BROWSER } })
      assert.deepEqual([head.status, String(head.body)], [500, ''])
      assert.ok(Number(head.headers['content-length']) > 1000)
    })
  }
}

test('without exposeErrors a browser gets the same as other clients', async (t) => {
  const request = await exposed(t, 'http', {})
  for (const path of ['/bare', '/plain']) {
    const { body } = await request({ path, headers: { accept: BROWSER } })
    assert.equal(String(body), 'Internal Server Error')
  }
})

test('a 500 that an app has worded itself is sent as it is, and so is one that nothing was raised for', async (t) => {
  quiet(t)
  const request = await serve(t, 'http', openApp(t, 'answers_and_raises', { exposeErrors: true }).listener)
  const own = await request({ path: '/own', headers: { accept: BROWSER } })
  assert.equal(String(own.body), '{"error": "own"}')
  const silent = await request({ path: '/quiet', headers: { accept: BROWSER } })
  assert.equal(String(silent.body), 'Internal Server Error')
  const plain = await request({ path: '/plain', headers: { accept: BROWSER } })
  assert.match(String(plain.body), /<h1>ValueError<\/h1>/)
})

test('the causes of an error are on its page, each with its source', async (t) => {
  quiet(t)
  const request = await serve(t, 'http', openApp(t, 'raises_from', { exposeErrors: true }).listener)
  const page = String((await request({ path: '/', headers: { accept: BROWSER } })).body)
  const at = ['<h1>RuntimeError', 'Caused by KeyError', 'Caused by ZeroDivisionError'].map((text) => page.indexOf(text))
  assert.ok(at[0] > 0 && at[0] < at[1] && at[1] < at[2], at.join())
  assert.match(page.slice(at[2]), /raises_from\.py:6<\/b> in <b>ship/)
})

test('a thrown value that is not an Error is a page, too', async (t) => {
  quiet(t)
  const request = await serve(t, 'http', openApp(t, 'raises', { exposeErrors: true }).listener)
  const { body } = await request({ path: '/silent', headers: { accept: BROWSER } })
  assert.match(
    String(body),
    /<h1>ERR_ASGI_NO_RESPONSE<\/h1>\n<p class="message">No response sent: the application returned without one</,
  )
})

for (
  const [accept, expected] of [
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html', 'html'],
    ['TEXT/HTML; charset=utf-8', 'html'],
    ['application/json', 'json'],
    ['application/json, text/html;q=0.9', 'json'],
    ['application/json;q=0.8, text/html', 'html'],
    ['text/html;q=0', 'text'],
    ['text/html;q=x, application/json;q=0.1', 'json'],
    [BROWSER, 'html'],
    [',,;q=;', 'text'],
  ]
) {
  test(`a client that accepts ${accept} gets ${expected}`, () =>
    assert.equal(preferredType(accept, ['text', 'html', 'json'].map(full)), full(expected)))
}

function full(name) {
  return { text: 'text/plain', html: 'text/html', json: 'application/json' }[name]
}

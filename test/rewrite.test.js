'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const {
  ConditionalRewriter,
  ExistenceCondition,
  GroupCondition,
  HeaderCondition,
  HeaderRewriter,
  HrefRewriter,
  MethodCondition,
  MethodRewriter,
  NonExistenceCondition,
  PathCondition,
  PathRewriter,
  PythonHandler,
  Request,
  Rewriter,
  SequenceRewriter,
} = require('..')

const get = (url, headers) => new Request({ url, headers })

// A folder with a file outside of the docroot, and links that lead out of it.
let outside
let docroot

before(() => {
  outside = fs.mkdtempSync(path.join(os.tmpdir(), 'rewrite-'))
  docroot = path.join(outside, 'apps')
  fs.mkdirSync(path.join(docroot, 'folder'), { recursive: true })
  fs.writeFileSync(path.join(outside, 'secret.txt'), '')
  fs.mkdirSync(path.join(outside, 'apps-other'))
  fs.writeFileSync(path.join(outside, 'apps-other', 'main.py'), '')
  fs.writeFileSync(path.join(docroot, 'main.py'), '')
  fs.writeFileSync(path.join(docroot, 'a b.txt'), '')
  fs.writeFileSync(path.join(docroot, '%2e'), '')
  fs.symlinkSync(path.join(outside, 'secret.txt'), path.join(docroot, 'link.txt'))
  fs.symlinkSync(outside, path.join(docroot, 'up'))
  fs.symlinkSync(path.join(docroot, 'main.py'), path.join(docroot, 'inner-link.py'))
  fs.symlinkSync('loop', path.join(docroot, 'loop'))
})

after(() => fs.rmSync(outside, { recursive: true }))

test('PathCondition looks at the path without the query', () => {
  assert.equal(new PathCondition('^/a$').matches(get('/a?b')), true)
  assert.equal(new PathCondition(/b/).matches(get('/a?b')), false)
  assert.equal(new PathCondition(/^\/A$/i).matches(get('http://example.com/a')), true)
})

test('a pattern with the flag g has no memory', () => {
  const condition = new PathCondition(/a/g)
  assert.equal(condition.matches(get('/a')), true)
  assert.equal(condition.matches(get('/a')), true)
})

test('HeaderCondition holds when one value of the header matches', () => {
  const condition = new HeaderCondition('X-Kind', '^b')
  assert.equal(condition.matches(get('/', { 'x-kind': ['abc', 'bcd'] })), true)
  assert.equal(condition.matches(get('/', { 'x-kind': 'abc' })), false)
  assert.equal(new HeaderCondition('x-kind', '.*').matches(get('/')), false)
})

test('MethodCondition looks at the method', () => {
  const condition = new MethodCondition('^(PUT|POST)$')
  assert.equal(condition.matches(new Request({ url: '/', method: 'post' })), true)
  assert.equal(condition.matches(get('/')), false)
})

test('and, or and GroupCondition combine conditions', () => {
  const a = new PathCondition('a')
  const b = new PathCondition('b')
  assert.ok(a.and(b) instanceof GroupCondition)
  assert.equal(a.and(b).matches(get('/ab')), true)
  assert.equal(a.and(b).matches(get('/a')), false)
  assert.equal(a.or(b).matches(get('/b')), true)
  assert.equal(a.or(b).matches(get('/c')), false)
  assert.equal(a.and(b).or(new PathCondition('c')).matches(get('/c')), true)
  assert.throws(() => a.and('b'), { code: 'ERR_ASGI_INVALID_REWRITER' })
  assert.throws(() => new GroupCondition('xor', []), { code: 'ERR_ASGI_INVALID_REWRITER', message: /xor/ })
})

const EXISTENCE = [
  ['/main.py', true],
  ['/main.py?query', true],
  ['/a%20b.txt', true],
  ['/inner-link.py', true],
  ['/folder/../main.py', true],
  ['/%252e', true],
  ['/missing.py', false],
  ['/main.py/', false],
  ['/main.py/below', false],
  ['/folder', false],
  ['/', false],
  ['/../secret.txt', false],
  ['/%2e%2e/secret.txt', false],
  ['/%2E%2e%2fsecret.txt', false],
  ['/folder/%2e%2e/%2e%2e/secret.txt', false],
  ['/../apps/main.py', false],
  ['/../apps-other/main.py', false],
  ['/link.txt', false],
  ['/up/secret.txt', false],
  ['/up/apps/../secret.txt', false],
  ['/loop', false],
  ['/main.py%00', false],
  ['/%00', false],
  ['/%ff', false],
  ['/%zz', false],
  [`/${'x'.repeat(5000)}`, false],
]

for (const [url, exists] of EXISTENCE) {
  test(`a file ${exists ? 'is' : 'is not'} found in the docroot for ${url.slice(0, 40)}`, () => {
    const request = new Request({ url, docroot })
    assert.equal(new ExistenceCondition().matches(request), exists)
    assert.equal(new NonExistenceCondition().matches(request), !exists)
  })
}

test('without a docroot nothing exists and nothing is absent', () => {
  assert.equal(new ExistenceCondition().matches(get('/main.py')), false)
  assert.equal(new NonExistenceCondition().matches(get('/nothing')), false)
})

test('rewrite takes a docroot for its conditions', () => {
  const rewriter = new PathRewriter('^.*$', '/main.py').when(new NonExistenceCondition())
  assert.equal(rewriter.rewrite(get('/missing'), docroot).path, '/main.py')
  assert.equal(rewriter.rewrite(get('/a%20b.txt'), docroot).path, '/a%20b.txt')
  assert.equal(rewriter.rewrite(get('/missing')).path, '/missing')
})

test('PathRewriter replaces the first match in the path, and query, scheme and host stay', () => {
  const rewriter = new PathRewriter('a/(\\d)', 'b/$1$1')
  assert.equal(rewriter.rewrite(get('http://example.com:81/a/1/a/2?a/3')).url, 'http://example.com:81/b/11/a/2?a/3')
  assert.equal(rewriter.rewrite(get('/x?a/3')).url, '/x?a/3')
  assert.equal(new PathRewriter('^/', '').rewrite(get('/x')).url, '/x')
})

test('a question mark in the replacement of a PathRewriter begins a query, and the one that is there follows', () => {
  const rewriter = new PathRewriter('^/(.*)$', '/index.php?/$1')
  assert.equal(rewriter.rewrite(get('/test.php')).url, '/index.php?/test.php')
  assert.equal(
    rewriter.rewrite(get('http://example.com/test.php?a=1?b')).url,
    'http://example.com/index.php?/test.php&a=1?b',
  )
  const page = new PathRewriter('^/(\\d+)$', '/page?')
  assert.deepEqual(['/5', '/5?', '/5?a=1'].map((url) => page.rewrite(get(url)).url), ['/page?', '/page?', '/page?a=1'])
  assert.equal(new PathRewriter('x', '?z').rewrite(get('/x?q')).url, '/?z&q')
  assert.equal(new PathRewriter('^/x$', '?z#').rewrite(get('/x')).url, '/?z%23')
  assert.equal(new PathRewriter('x', 'y').rewrite(get('/x%3Fz?q')).url, '/y%3Fz?q')
  // The next one sees a path again.
  assert.equal(rewriter.andThen(new PathRewriter('^/index.php$', '/main')).rewrite(get('/a')).url, '/main?/a')
})

test('rewriters are put together with andThen, too', () => {
  const rewriter = new PathRewriter('a', 'b').andThen(new PathRewriter('b', 'c'))
  assert.ok(rewriter instanceof SequenceRewriter)
  assert.equal(rewriter.rewrite(get('/a')).url, '/c')
})

test('HrefRewriter replaces in path and query together', () => {
  const rewriter = new HrefRewriter('^/user/(\\d+)\\?(.*)$', '/user?id=$1&$2')
  assert.equal(rewriter.rewrite(get('https://example.com/user/5?a=b')).url, 'https://example.com/user?id=5&a=b')
  assert.equal(rewriter.rewrite(get('/user/5')).url, '/user/5')
})

test('HeaderRewriter changes a header only where it is there', () => {
  const rewriter = new HeaderRewriter('X-A', '^a', 'b')
  assert.deepEqual(rewriter.rewrite(get('/', { 'x-a': ['aa', 'c'] })).headers.getAll('x-a'), ['ba', 'c'])
  assert.equal(rewriter.rewrite(get('/')).headers.size, 0)
})

test('MethodRewriter sets the method', () => {
  assert.equal(new MethodRewriter('put').rewrite(get('/')).method, 'PUT')
  assert.throws(() => new MethodRewriter('a b'), { code: 'ERR_ASGI_INVALID_METHOD' })
})

test('rewrite leaves the request as it was and shares its body', async () => {
  const request = new Request({ method: 'POST', url: '/a', headers: { x: 'a' }, docroot, socket: { remotePort: 1 } })
  const changed = new PathRewriter('a', 'b').then(new HeaderRewriter('x', 'a', 'b')).rewrite(request)
  assert.notEqual(changed, request)
  assert.equal(request.path, '/a')
  assert.equal(request.headers.get('x'), 'a')
  assert.equal(changed.path, '/b')
  assert.equal(changed.headers.get('x'), 'b')
  assert.equal(changed.docroot, docroot)
  assert.deepEqual(changed.socket, { remotePort: 1 })
  await request.write('body')
  await request.end()
  assert.deepEqual(changed.body, Buffer.from('body'))
})

test('then and when give a sequence and a condition', () => {
  const rewriter = new PathRewriter('a', 'b').then(new PathRewriter('b', 'c'))
  assert.ok(rewriter instanceof SequenceRewriter)
  assert.equal(rewriter.rewrite(get('/a')).path, '/c')
  const conditional = rewriter.when(new PathCondition('^/a'))
  assert.ok(conditional instanceof ConditionalRewriter)
  assert.equal(conditional.rewrite(get('/ab')).path, '/cb')
  assert.equal(conditional.rewrite(get('/b')).path, '/b')
})

test('a Rewriter runs its blocks in order, those without conditions always', () => {
  const rewriter = new Rewriter([
    {
      operation: 'and',
      conditions: [{ type: 'path', args: ['^/old'] }, { type: 'method', args: ['GET'] }],
      rewriters: [{ type: 'path', args: ['^/old', '/new'] }],
    },
    {
      operation: 'or',
      conditions: [{ type: 'header', args: ['x-a', '1'] }, { type: 'path', args: [/new/] }],
      rewriters: [{ type: 'href', args: ['$', '?seen'] }, { type: 'method', args: ['POST'] }],
    },
    { rewriters: [{ type: 'header', args: ['x-a', '1', '2'] }] },
  ])
  const first = rewriter.rewrite(get('/old/1'))
  assert.equal(first.url, '/new/1?seen')
  assert.equal(first.method, 'POST')
  const second = rewriter.rewrite(get('/x', { 'x-a': '1' }))
  assert.equal(second.url, '/x?seen')
  assert.equal(second.headers.get('x-a'), '2')
  assert.equal(rewriter.rewrite(get('/y')).url, '/y')
  assert.equal(new Rewriter([]).then(new PathRewriter('y', 'z')).rewrite(get('/y')).url, '/z')
})

test('a Rewriter knows whether files exist', () => {
  const rewriter = new Rewriter([
    { conditions: [{ type: 'not_exists' }], rewriters: [{ type: 'path', args: ['.*', '/main.py'] }] },
    { conditions: [{ type: 'exists', args: [] }], rewriters: [{ type: 'method', args: ['HEAD'] }] },
  ])
  const request = rewriter.rewrite(get('/missing'), docroot)
  assert.equal(request.path, '/main.py')
  assert.equal(request.method, 'HEAD')
})

const INVALID = [
  [undefined, /array/],
  [{}, /array/],
  [[null], /block/],
  [[{}], /rewriters/],
  [[{ operation: 'nor', rewriters: [] }], /nor/],
  [[{ rewriters: [{ type: 'paths', args: [] }] }], /paths/],
  [[{ rewriters: [{ type: 'constructor', args: [] }] }], /constructor/],
  [[{ rewriters: [{ type: 'path', args: ['a'] }] }], /path.*pattern.*replacement/],
  [[{ rewriters: [{ type: 'path', args: ['a', /b/] }] }], /path/],
  [[{ rewriters: [{ type: 'header', args: ['a', 'b', 'c', 'd'] }] }], /header/],
  [[{ rewriters: [{ type: 'exists' }] }], /exists/],
  [[{ conditions: [{ type: 'href', args: ['a'] }], rewriters: [] }], /href/],
  [[{ conditions: [{ type: 'exists', args: ['a'] }], rewriters: [] }], /exists/],
  [[{ conditions: [{ type: 'path', args: [5] }], rewriters: [] }], /path/],
  [[{ conditions: [{ type: 'path', args: ['('] }], rewriters: [] }], /PathCondition/],
]

for (const [blocks, message] of INVALID) {
  test(`a Rewriter refuses ${JSON.stringify(blocks) ?? 'no blocks'} and names what is wrong`, () => {
    assert.throws(() => new Rewriter(blocks), { code: 'ERR_ASGI_INVALID_REWRITER', message })
  })
}

test('the option rewriter must be a rewriter', () => {
  for (const rewriter of [{}, 'x', 5]) {
    const expected = { code: 'ERR_ASGI_INVALID_OPTION', message: /rewriter/ }
    assert.throws(() => new PythonHandler('hello:app', { docroot: 'Fixtures/apps', rewriter }), expected)
  }
})

test('a rewriter takes a Request and nothing else', () => {
  for (const rewriter of [new PathRewriter('a', 'b'), new MethodRewriter('GET'), new Rewriter([])]) {
    assert.throws(() => rewriter.rewrite({ url: '/' }), { code: 'ERR_ASGI_EXPECTED_REQUEST' })
  }
})

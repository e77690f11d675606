'use strict'

const { compare } = require('./compare')
const { MULTIPART, multipart } = require('./multipart')

const JSON_TYPE = ['Content-Type', 'application/json']
const URL_ENCODED = ['Content-Type', 'application/x-www-form-urlencoded']

const json = (method, path, body, ...headers) => ({ method, path, headers: [JSON_TYPE, ...headers], body })
const order = (fields, ...headers) =>
  json('POST', '/orders', JSON.stringify({ kind: 'tea', quantity: 3, price: '4.50', ...fields }), ...headers)
const journal = (says) => ({ method: 'DELETE', path: '/journal', says })
const authorization = (value) => ['Authorization', value]

const files = multipart(
  ['name="note"', null, 'grüße'],
  ['name="files"; filename="first.bin"', 'application/octet-stream', Buffer.alloc(150_000, 'python-node ')],
  ['name="files"; filename="grüße.txt"', 'text/plain; charset=utf-8', 'small'],
)

compare('fastapi_app:app', ['fastapi', 'python_multipart'], {
  'B8 B11 FastAPI reads paths, queries, headers and cookies alike': [
    { path: '/', says: '{"hello":"wörld"}' },
    { path: '/items/7?q=a&q=%C3%A9&flag=true', says: '{"number":7,"q":["a","é"],"flag":true}' },
    { path: '/items/7?flag=on&q=', says: '"flag":true' },
    { path: '/names/caf%C3%A9%20%2B+', says: '"name":"café ++"' },
    { path: '/names/%F0%9F%90%8D?x=%F0', says: '🐍' },
    { path: '/names/%E2%82', says: '\uFFFD' },
    { path: '/headers', headers: [['X-Token', 'one'], ['X-Many', '1'], ['Cookie', 'first=a; second=b']], says: '"a"' },
    { path: '/headers', headers: [['X-Many', '1'], ['x-many', '2'], ['X-Token', 'gr\xfc\xdfe']], says: '["1","2"]' },
    (last) => ({ path: '/headers', headers: [last.cookies()], says: '"first":"1"' }),
  ],
  'wrong input is answered with what pydantic finds': [
    { path: '/items/0', status: 422, says: 'greater_than_equal' },
    { path: '/items/x', status: 422, says: 'int_parsing' },
    { path: '/items/1?flag=perhaps', status: 422, says: 'bool_parsing' },
    { ...order({ kind: 'water', quantity: 0, price: '1.234' }), status: 422, says: 'enum' },
    { ...order({ kind: 'water', quantity: 'x' }, ['X-Short', '1']), status: 422, says: 'body.kind; body.quantity' },
    { ...order({ due: '2024-02-30' }), status: 422, says: 'date' },
    { ...json('POST', '/orders', '{'), status: 422, says: 'json_invalid' },
    { ...json('POST', '/orders', '"\xff\xfe"'), status: 422 },
    { ...json('POST', '/orders', '[]'), status: 422 },
    { method: 'POST', path: '/orders', status: 422, says: 'missing' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'name=x', status: 422, says: 'string_too_short' },
    { method: 'POST', path: '/upload', headers: [MULTIPART], body: multipart(), status: 422, says: 'missing' },
  ],
  'C3 JSON, forms and files are read, and response models leave out what is secret': [
    { ...order({}), status: 201, says: '{"kind":"tea","total":"13.50"}' },
    { ...order({ due: '2024-02-29', tags: ['grün', '🐍'] }), status: 201 },
    json('PUT', '/orders/5', '{"order":{"kind":"coffee","quantity":1,"price":2},"urgent":true}'),
    { ...json('POST', '/accounts', '{"name":"ä","password":"secret"}'), says: '{"name":"ä"}' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'name=gr%C3%BCn&tags=a&tags=b', says: '["a","b"]' },
    { method: 'POST', path: '/form', headers: [MULTIPART], body: multipart(['name="name"', null, 'ab']), says: '"ab"' },
    { method: 'POST', path: '/upload', headers: [MULTIPART], body: files, says: '"bytes":150000' },
    { method: 'POST', path: '/upload', headers: [MULTIPART], chunks: [files.subarray(0, 5), files.subarray(5)] },
    {
      method: 'POST',
      path: '/orders',
      headers: [JSON_TYPE],
      chunks: ['{"kind":"tea",', '"quantity":1,"price":1}'],
      status: 201,
    },
  ],
  'D29 dependencies with yield are opened and closed in the same order': [
    journal('[]'),
    { path: '/dependencies', says: 'cursor of connection' },
    journal('"cursor closed","connection closed"'),
    { path: '/dependencies?fail=unavailable', status: 503, says: 'for now' },
    journal('connection saw for now'),
    { path: '/dependencies?fail=http', status: 409, says: 'conflict' },
    journal('"cursor closed","connection closed"'),
    { path: '/dependencies/streamed', says: 'cursor of connection 2' },
    journal('"cursor closed","connection closed"'),
  ],
  'exception handlers, missing routes and unhandled errors are answered alike': [
    { path: '/absent', status: 404, says: '{"detail":"Not Found"}' },
    { path: '/absent/%C3%A9', status: 404 },
    { method: 'PATCH', path: '/orders', status: 405 },
    { path: '/items/7/', status: 307 },
    { path: '/fail', status: 500, says: 'Internal Server Error', failsLate: true },
    { path: '/wrong-model', status: 500, failsLate: true },
    { path: '/stream/broken', isComplete: true, failsLate: true, says: 'one' },
    { path: '/', says: 'hello' },
  ],
  'D6 security schemes and CORS set the same headers': [
    { path: '/basic', status: 401 },
    { path: '/basic', headers: [authorization(`Basic ${btoa('me:se:cret')}`)], says: '"se:cret"' },
    { path: '/basic', headers: [authorization('Basic !')], status: 401 },
    { path: '/bearer', status: 401 },
    { path: '/bearer', headers: [authorization('Bearer abc')], says: '"abc"' },
    { path: '/key', status: 401 },
    { path: '/key', headers: [['X-Key', 'k']], says: '"k"' },
    { path: '/', headers: [['Origin', 'https://one.test']], says: 'hello' },
    { path: '/', headers: [['Origin', 'https://other.test']], says: 'hello' },
    { path: '/headers', headers: [['Origin', 'https://two.test'], ['Cookie', 'a=1']], says: 'token' },
    {
      method: 'OPTIONS',
      path: '/orders/1',
      headers: [
        ['Origin', 'https://one.test'],
        ['Access-Control-Request-Method', 'PUT'],
        ['Access-Control-Request-Headers', 'X-Token'],
      ],
      says: 'OK',
    },
    {
      method: 'OPTIONS',
      path: '/orders/1',
      headers: [['Origin', 'https://other.test'], ['Access-Control-Request-Method', 'DELETE']],
      status: 400,
    },
  ],
  'B12 the documentation and the schema are the same': [
    { path: '/docs', says: "url: '/openapi.json'" },
    { path: '/redoc', says: '/openapi.json' },
    { path: '/docs/oauth2-redirect' },
    // The newest pydantic describes models otherwise than those for other Pythons.
    ...(process.env.PYTHON_NODE_PYTHON ? [] : [{ path: '/openapi.json', says: '"title":"Frameworks"' }, {
      method: 'HEAD',
      path: '/openapi.json',
      status: 200,
    }]),
  ],
  'D25 D26 streams, files, redirects and empty answers are the same': [
    { path: '/events', says: 'id: 2\ndata: {"number": 2}' },
    { path: '/stream/whole', says: 'one\ntwo\n' },
    { path: '/redirect?to=/names/gr%C3%BC%C3%9Fe', status: 307 },
    { path: '/redirect?to=https://example.org/%3Fa%3Db&status=303', status: 303 },
    { path: '/nothing', status: 204 },
    { method: 'HEAD', path: '/', status: 405 },
    { path: '/file/notes.txt', says: 'quick brown fox' },
    { method: 'HEAD', path: '/file/notes.txt' },
    { path: '/file/large.bin', headers: [['Range', 'bytes=65530-131080,-10']], status: 206 },
    { path: '/static/gr%C3%BC%C3%9Fe%20%C3%BC.txt', says: 'Köln' },
    (last) => ({
      path: '/static/gr%C3%BC%C3%9Fe%20%C3%BC.txt',
      headers: [['If-None-Match', last.header('etag')]],
      status: 304,
    }),
    { path: '/static/notes.txt', headers: [['Range', 'bytes=-20']], status: 206, says: 'dog' },
  ],
  'H11 H12 objects of the lifespan are shared between requests, a lock of its event loop included': [
    { path: '/state?first', says: '["yes","first"]' },
    { path: '/state?second', says: '["yes","first","second"]' },
  ],
})

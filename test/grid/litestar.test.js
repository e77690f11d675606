'use strict'

const { JSON_TYPE, LARGE, MULTIPART, OWN_REFUSAL, PIECES, UPLOAD, UPLOAD_IN_PIECES, URL_ENCODED } = require('./bodies')
const { BACKGROUND, BROKEN_STREAM, ECHOED_HEADERS, ECHOED_METHODS, FILES, LEAVING_CLIENT, REDIRECTS, STATE, STREAMS } =
  require('./requests')
const { compareGrid } = require('./support')

compareGrid({
  target: 'litestar_app:app',
  modules: ['litestar'],
  journal: ['startup', 'background', 'stopped', 'shutdown'],
}, {
  'B8 B11 Litestar finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
    { path: '/sync', says: 'from a thread' },
    { path: '/items/42?q=1&q=b%20c&flag=true', says: '"number":42' },
    { path: '/items/42?flag=maybe', status: 400, says: 'flag' },
    { path: '/items/x', status: 404 },
    { path: '/names/gr%C3%BC%C3%9Fe%20%C3%BC', says: 'grüße ü' },
    { path: '/names/broken%FF%C0', says: 'broken' },
    { path: '/files/a/b%20c//d', says: '/a/b c' },
    { path: '/inner/where', says: 'http://example.test/' },
    { path: '/schema/openapi.json', says: '"/orders/{number}"' },
  ],
  'B5 B14 Litestar sees the same method, headers and body': [
    ...ECHOED_HEADERS,
    ...ECHOED_METHODS,
    { path: '/headers', headers: [['X-Token', 'secret']], says: 'secret' },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"kind":"täa","quantity":2}', status: 201 },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"kind":1}', status: 400 },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"broken', status: 400 },
    { method: 'PUT', path: '/orders/7', headers: [JSON_TYPE], body: '{"a":[1,2.5,null]}', status: 202 },
    { method: 'DELETE', path: '/orders/7', status: 204 },
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x&c=', status: 201 },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', status: 201 },
    { method: 'POST', path: '/upload', headers: [MULTIPART], body: UPLOAD, status: 201, says: '"bytes":200000' },
    { method: 'POST', path: '/upload', headers: [MULTIPART], chunks: UPLOAD_IN_PIECES, status: 201, says: 'second' },
  ],
  'B26 C3 C5 large bodies and chunked ones are read whole': [
    { method: 'POST', path: '/echo', body: LARGE, says: '"bytes":3145728' },
    { method: 'POST', path: '/pieces', body: LARGE, status: 201, says: '"bytes":3145728' },
    { method: 'POST', path: '/pieces', chunks: PIECES, status: 201, says: '"bytes":70006' },
    { method: 'POST', path: '/echo', body: Buffer.alloc(11_000_000), status: 413 },
    { path: '/', says: 'hello' },
  ],
  'D6 cookies are set in their order and come back': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2']], says: '"a":"1"' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei drei' }),
  ],
  'D3 D21 D22 redirects and errors are answered alike': [
    ...REDIRECTS,
    { path: '/absent', status: 404, says: 'Not Found' },
    { method: 'DELETE', path: '/items/42', status: 405, says: 'Method Not Allowed' },
    { method: 'OPTIONS', path: '/orders', status: 204 },
    { path: '/fail/refused', status: 401, says: 'who are you' },
    { path: '/fail/http', status: 418, says: '"cups":2' },
    { path: '/fail/handled', status: 410, says: 'handled' },
    { path: '/fail/now', status: 500, says: 'Internal Server Error' },
    ...BROKEN_STREAM,
  ],
  'D1 D25 streams, server-sent events and HEAD': [
    ...STREAMS,
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße 2' },
    // Litestar answers HEAD only where a handler is written for it.
    { method: 'HEAD', path: '/', status: 405 },
    { method: 'HEAD', path: '/absent', status: 404 },
  ],
  'D1 D26 files are sent whole, in part, and not again': [
    { path: '/file/notes.txt', says: 'quick brown fox' },
    // Litestar knows neither conditions nor ranges.
    (last) => ({ path: '/file/notes.txt', headers: [['If-None-Match', last.header('etag')]], says: 'quick' }),
    { path: '/file/notes.txt', headers: [['Range', 'bytes=4-8']], says: 'quick' },
    ...FILES,
  ],
  'D29 H12 work goes on after the response, and requests see the state of startup': [
    ...STATE,
    ...BACKGROUND,
  ],
  'C8 D32 a client that leaves is noticed by a stream': [
    ...LEAVING_CLIENT,
  ],
  'F4 F5 G1 G2 G9 WebSockets echo, choose a subprotocol and close with a code': [
    { websocket: '/ws', steps: ['grüße', null, '', null], leave: [1000], says: 'grüße' },
    { websocket: '/ws', steps: ['x'.repeat(100_000), null], leave: [4002, 'bye'], code: 4002 },
    { websocket: '/ws', steps: ['a', null, 'close'], code: 4001 },
    { websocket: '/ws/binary', steps: [Buffer.from([0, 255]), null, Buffer.alloc(0), null], leave: [1000] },
    {
      websocket: '/ws/rooms/blue?q=1&q=2',
      protocols: ['v0', 'chat'],
      headers: { Cookie: 'a=1' },
      steps: [null],
      says: 'blue',
      code: 1000,
    },
    { websocket: '/ws/listener', steps: ['{"kind":"tea"}', null], leave: [1000], says: 'tea' },
  ],
  'G8 G12 WebSockets are refused and fail': [
    { websocket: '/ws/refused', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/denied', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/absent', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/rooms/blue', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/broken', code: 4500 },
  ],
})

'use strict'

const { JSON_TYPE, LARGE, MULTIPART, OWN_REFUSAL, PIECES, UPLOAD, UPLOAD_IN_PIECES, URL_ENCODED } = require('./bodies')
const { BACKGROUND, BROKEN_STREAM, ECHOED_HEADERS, FILES, RANGES, STREAMS } = require('./requests')
const { compareGrid } = require('./support')

// A client that leaves is not compared: Falcon looks for it only between two chunks.
compareGrid({
  target: 'falcon_app:app',
  modules: ['falcon'],
  journal: ['startup', 'background', 'left with 1000', 'shutdown'],
}, {
  'B8 B11 Falcon finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
    { path: '/items/42?q=1&q=b%20c&flag=true', says: '"number": 42' },
    { path: '/items/42?flag=maybe', status: 400, says: 'flag' },
    { path: '/items/x', status: 404 },
    { path: '/names/gr%C3%BC%C3%9Fe%20%C3%BC?q=1', says: 'grüße ü' },
    { path: '/names/broken%FF%C0', says: 'broken' },
    { path: '/files/a/b%20c//d', says: 'a/b c' },
    { path: '/slash/', status: 404 },
  ],
  'B5 B14 Falcon sees the same method, headers and body': [
    ...ECHOED_HEADERS,
    ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ method, path: '/echo', body: 'x', says: '"bytes": 1' })),
    { method: 'POST', path: '/media', headers: [JSON_TYPE], body: '{"grüße":[1,2.5,null]}', status: 201 },
    { method: 'POST', path: '/media', headers: [JSON_TYPE], body: '{"broken', status: 400 },
    { method: 'POST', path: '/media', headers: [['Content-Type', 'text/odd']], body: 'x', status: 415 },
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/media', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x&c=', status: 201 },
    { method: 'POST', path: '/form', headers: [MULTIPART], body: UPLOAD, says: '"bytes": 200000' },
    { method: 'POST', path: '/form', headers: [MULTIPART], chunks: UPLOAD_IN_PIECES, says: '"bytes": 200000' },
  ],
  'B26 C3 C5 large bodies and chunked ones are read whole': [
    { method: 'POST', path: '/echo', body: LARGE, says: '"bytes": 3145728' },
    { method: 'POST', path: '/pieces', body: LARGE, says: '"bytes": 3145728' },
    { method: 'POST', path: '/pieces', chunks: PIECES, says: '"bytes": 70006' },
    { path: '/', says: 'hello' },
  ],
  'D6 cookies are set in their order and come back': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2']], says: '"a": "1"' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei' }),
  ],
  'D3 D21 D22 redirects and errors are answered alike': [
    { path: '/redirect', status: 301 },
    { path: '/redirect?status=303&to=https://example.org/gr%C3%BC%C3%9Fe', status: 303 },
    { path: '/redirect?status=307', status: 307 },
    { path: '/absent', status: 404, says: 'Not Found' },
    { method: 'DELETE', path: '/', status: 405, says: 'Method Not Allowed' },
    { method: 'OPTIONS', path: '/echo' },
    { path: '/fail/refused', status: 401, says: 'are you' },
    { path: '/fail/status', status: 418, says: 'short and stout' },
    { path: '/fail/conflict', status: 409, says: 'already there' },
    { path: '/fail/now', status: 500, says: 'Internal Server Error' },
    ...BROKEN_STREAM,
  ],
  'D1 D25 streams, server-sent events and HEAD': [
    ...STREAMS,
    { path: '/stream/sized', says: 'four' },
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße 2' },
    // Falcon answers HEAD only where a responder is written for it.
    { method: 'HEAD', path: '/', status: 405 },
    { method: 'HEAD', path: '/absent', status: 404 },
  ],
  'D1 D26 files are sent whole, in part, and not again': [
    { path: '/file/notes.txt', says: 'quick brown fox' },
    (last) => ({ path: '/file/notes.txt', headers: [['If-None-Match', last.header('etag')]], status: 304 }),
    ...RANGES,
    ...FILES,
  ],
  'D29 H12 work goes on after the response, and requests see the state of startup': [
    { path: '/state?first', says: '["yes", "first"]' },
    { path: '/state?second', says: '["yes", "first", "second"]' },
    ...BACKGROUND,
  ],
  'F4 F5 F10 G1 G2 G9 WebSockets echo, choose a subprotocol and close with a code': [
    { websocket: '/ws', steps: ['grüße', null, '', null], leave: [1000], says: 'grüße' },
    { websocket: '/ws', steps: ['x'.repeat(100_000), null], leave: [4002, 'bye'], code: 4002 },
    { websocket: '/ws', steps: ['a', null, 'close'], code: 4001 },
    { websocket: '/ws/binary', steps: [Buffer.from([0, 255]), null, Buffer.alloc(0), null], leave: [1000] },
    {
      websocket: '/ws/rooms/blue?q=1&q=2',
      protocols: ['v0', 'chat'],
      headers: { Cookie: 'a=1' },
      steps: [null, '{"hello":1}', null],
      says: 'blue',
      code: 1000,
    },
    { path: '/noted/left%20with%201000', says: 'is noted' },
  ],
  'G8 G12 WebSockets are refused and fail': [
    { websocket: '/ws/refused', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/denied', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/absent', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/broken', code: 1011 },
  ],
})

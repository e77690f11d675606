'use strict'

const { JSON_TYPE, MULTIPART, OWN_REFUSAL, UPLOAD, UPLOAD_IN_PIECES, URL_ENCODED, withoutTime } = require('./bodies')
const { BROKEN_STREAM, ECHOED_HEADERS, ECHOED_METHODS, LARGE_BODIES, REDIRECTS, STATE, STREAMS } = require('./requests')
const { compareGrid } = require('./support')

// Not compared: work after the response, for which BlackSheep has nothing; a client that leaves, for which it does not
// look while it waits for the next chunk.
compareGrid({
  target: 'blacksheep_app:app',
  modules: ['blacksheep'],
  plain: withoutTime,
  journal: ['startup', 'left with 1000', 'left with 4002', 'shutdown'],
}, {
  'B8 B11 BlackSheep finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
    { path: '/sync', says: 'without a coroutine' },
    { path: '/items/42?q=1&q=b%20c&flag=true', says: '"number":42' },
    { path: '/items/42?q=1&flag=maybe', status: 400, says: 'flag' },
    { path: '/items/x', status: 404 },
    { path: '/names/gr%C3%BC%C3%9Fe%20%C3%BC', says: 'grüße ü' },
    { path: '/files/a/b%20c//d', says: 'a/b c' },
  ],
  'B5 B14 BlackSheep sees the same method, headers and body': [
    ...ECHOED_HEADERS,
    ...ECHOED_METHODS,
    { path: '/token', headers: [['X-Token', 'secret']], says: 'secret' },
    { path: '/token', status: 400 },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"kind":"täa","quantity":2}', status: 201 },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"quantity":1}', status: 400 },
    { method: 'POST', path: '/orders', headers: [JSON_TYPE], body: '{"broken', status: 400 },
    { method: 'PUT', path: '/orders/7', headers: [JSON_TYPE], body: '{"kind":"tea"}', says: 'tea' },
    { method: 'DELETE', path: '/orders/7', status: 204 },
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x', says: 'grüße x' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', status: 400 },
    { method: 'POST', path: '/upload', headers: [MULTIPART], body: UPLOAD, says: '"bytes":200000' },
    { method: 'POST', path: '/upload', headers: [MULTIPART], chunks: UPLOAD_IN_PIECES, says: 'second' },
  ],
  'B26 C3 C5 large bodies and chunked ones are read whole': [
    ...LARGE_BODIES,
    { path: '/', says: 'hello' },
  ],
  'D6 D7 cookies and headers are set in their order, and a session comes back': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2']], says: '"a":"1"' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei' }),
    { path: '/session', says: '"visits":1' },
    (last) => ({ path: '/session', headers: [last.cookies()], says: '"visits":2' }),
    { path: '/octets' },
  ],
  'D3 D21 D22 redirects and errors are answered alike': [
    ...REDIRECTS,
    { path: '/absent', status: 404 },
    { method: 'DELETE', path: '/cookies', status: 404 },
    { path: '/fail/refused', status: 401, says: 'who are you' },
    { path: '/fail/http', status: 418 },
    { path: '/fail/conflict', status: 409, says: 'already there' },
    { path: '/fail/odd', status: 299, says: 'odd' },
    { path: '/fail/now', status: 500 },
    ...BROKEN_STREAM,
  ],
  'D1 D25 streams, server-sent events and HEAD': [
    ...STREAMS,
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße' },
    { method: 'HEAD', path: '/' },
    // BlackSheep answers HEAD only where a handler is written for it.
    { method: 'HEAD', path: '/sync', status: 404 },
  ],
  'D1 D26 files are sent whole, in part, and not again': [
    { path: '/static/notes.txt', says: 'quick brown fox' },
    (last) => ({ path: '/static/notes.txt', headers: [['If-None-Match', last.header('etag')]], status: 304 }),
    { path: '/static/notes.txt', headers: [['Range', 'bytes=4-8']], status: 206, says: 'quick' },
    { path: '/static/notes.txt', headers: [['Range', 'bytes=1000-']], status: 416 },
    { path: '/static/large.bin' },
    { path: '/static/gr%C3%BC%C3%9Fe%20%C3%BC.txt', says: 'Köln' },
    { path: '/static/../journal.py', status: 404 },
    { path: '/static/absent', status: 404 },
    { method: 'HEAD', path: '/static/large.bin' },
  ],
  'H12 what startup made is seen by requests': [
    ...STATE,
  ],
  'F4 F5 F10 G1 G2 G9 WebSockets echo, choose a subprotocol and close with a code': [
    { websocket: '/ws', steps: ['grüße', null, '', null], leave: [1000], says: 'grüße' },
    { path: '/noted/left%20with%201000', says: 'is noted' },
    { websocket: '/ws', steps: ['small', null], leave: [4002, 'bye'], code: 4002 },
    { path: '/noted/left%20with%204002', says: 'is noted' },
    { websocket: '/ws', steps: ['x'.repeat(100_000), null, 'close'], code: 4001 },
    { websocket: '/ws/binary', steps: [Buffer.from([0, 255]), null, Buffer.alloc(0), null], leave: [1000] },
    {
      websocket: '/ws/rooms/blue?q=1&q=2',
      protocols: ['v0', 'chat'],
      headers: { Cookie: 'a=1' },
      steps: [null],
      says: 'blue',
      code: 1000,
    },
  ],
  'G8 G12 WebSockets are refused and fail': [
    { websocket: '/ws/refused', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/absent', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/broken', code: 1011 },
  ],
})

'use strict'

const { OWN_REFUSAL, URL_ENCODED, withoutTime } = require('./bodies')
const {
  BACKGROUND,
  BROKEN_STREAM,
  ECHOED_HEADERS,
  ECHOED_METHODS,
  FILES,
  JSON_BODIES,
  LARGE_BODIES,
  LEAVING_CLIENT,
  RANGES,
  REDIRECTS,
  STATE,
  STREAMS,
  UPLOADS,
} = require('./requests')
const { compareGrid } = require('./support')

compareGrid({
  target: 'quart_app:app',
  modules: ['quart'],
  plain: withoutTime,
  journal: ['startup', 'background', 'stopped', 'shutdown'],
}, {
  'B8 B11 Quart finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
    { path: '/sync', says: 'from a thread' },
    { path: '/items/42?q=1&q=b%20c&flag=', says: '"number":42' },
    { path: '/items/42?q=%F0%9F%90%8D', says: '42' },
    { path: '/items/x', status: 404 },
    { path: '/names/gr%C3%BC%C3%9Fe%20%C3%BC', says: 'http://example.test/names/' },
    { path: '/names/broken%FF%C0', says: 'broken' },
    { path: '/paths/a%2Fb/c%3Fd?x=1?y', says: '"rest":"a/b/c?d"' },
    { path: '/paths//twice//', status: 308 },
    { path: '/inner/where', says: 'http://example.test/inner/where' },
    { path: '/slash', status: 308 },
    { path: '/slash/', says: 'with a slash' },
  ],
  'B5 B14 Quart sees the same method, headers and body': [
    ...ECHOED_HEADERS,
    ...ECHOED_METHODS,
    ...JSON_BODIES,
    { method: 'POST', path: '/json', body: 'text', status: 201, says: 'null' },
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x&c=', says: '"b"' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', says: '[]' },
    ...UPLOADS,
  ],
  'B26 C3 C5 large bodies and chunked ones are read whole': [
    ...LARGE_BODIES,
    { method: 'POST', path: '/echo', body: Buffer.alloc((16 << 20) + 1), status: 413 },
    { path: '/', says: 'hello' },
  ],
  'D6 cookies are set in their order and come back, and so does a session': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2']], says: '"a":"1"' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei drei' }),
    { method: 'POST', path: '/session', says: '"visits":1' },
    (last) => ({ method: 'POST', path: '/session', headers: [last.cookies()], says: '"visits":2' }),
    { path: '/session', headers: [['Cookie', 'session=forged']], says: 'null' },
  ],
  'D3 D21 D22 redirects and errors are answered alike': [
    ...REDIRECTS,
    { path: '/absent', status: 404, says: 'Not Found' },
    { method: 'DELETE', path: '/', status: 405, says: 'Method Not Allowed' },
    { method: 'OPTIONS', path: '/session' },
    { path: '/fail/abort', status: 418, says: 'teapot' },
    { path: '/fail/conflict', status: 409, says: 'already there' },
    { path: '/fail/now', status: 500, says: 'Internal Server Error' },
    ...BROKEN_STREAM,
  ],
  'D1 D25 streams, server-sent events and HEAD': [
    ...STREAMS,
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße 2\nevent: tick\nid: 2' },
    { method: 'HEAD', path: '/' },
    { method: 'HEAD', path: '/stream' },
    { method: 'HEAD', path: '/absent', status: 404 },
  ],
  'D1 D26 files are sent whole, in part, and not again': [
    { path: '/file/notes.txt', says: 'quick brown fox' },
    (last) => ({ path: '/file/notes.txt', headers: [['If-None-Match', last.header('etag')]], status: 304 }),
    ...RANGES,
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
    { websocket: '/ws', steps: ['grüße', null, '', null, Buffer.from([0, 255]), null], leave: [1000], says: 'grüße' },
    { websocket: '/ws', steps: ['x'.repeat(100_000), null], leave: [4002, 'bye'], code: 4002 },
    {
      websocket: '/ws/rooms/blue?q=1&q=2',
      protocols: ['v0', 'chat'],
      headers: { Cookie: 'a=1' },
      steps: [null, 'hi', null, 'close'],
      says: 'blue: hi',
      code: 4001,
    },
    { websocket: '/ws/rooms/red', steps: [null, 'close'], code: 4001 },
  ],
  'G8 I2 WebSockets are refused, with and without a response, and fail': [
    { websocket: '/ws/refused', status: 401, says: 'not you' },
    { websocket: '/ws/closed', status: 403, differs: OWN_REFUSAL },
    { websocket: '/ws/absent', status: 404 },
    // Quart closes by itself when the app has failed.
    { websocket: '/ws/broken', code: 1000 },
  ],
})

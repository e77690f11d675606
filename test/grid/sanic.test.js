'use strict'

const { OWN_REFUSAL, URL_ENCODED } = require('./bodies')
const {
  BACKGROUND,
  BROKEN_STREAM,
  ECHOED_METHODS,
  FILES,
  JSON_BODIES,
  LARGE_BODIES,
  RANGES,
  REDIRECTS,
  STATE,
  STREAMS,
  UPLOADS,
} = require('./requests')
const { compareGrid } = require('./support')

const CUT_OFF = { code: 'uvicorn cuts a socket off whose app has returned, without a close frame' }

// In ASGI mode Sanic does not look for a client that leaves: it is not compared.
const since = (last) => ['If-Modified-Since', last.header('last-modified')]

compareGrid({
  target: 'sanic_app:app',
  modules: ['sanic'],
  journal: ['startup', 'background', 'shutdown'],
}, {
  'B8 B11 Sanic finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
    { path: '/sync', says: 'without a coroutine' },
    { path: '/items/42?q=1&q=b%20c&flag=', says: '"number":42' },
    { path: '/items/x', status: 404 },
    { path: '/names/gr%C3%BC%C3%9Fe%20%C3%BC', says: 'http://example.test/names/' },
    { path: '/files/a/b%20c//d', says: 'a/b%20c' },
    { path: '/inner/where', says: 'http://example.test/inner/where' },
    { path: '/inner/where/', says: 'http://example.test/inner/where' },
  ],
  'B5 B14 Sanic sees the same method, headers and body': [
    { path: '/echo', headers: [['X-Same', '1'], ['Accept', '*/*'], ['x-same', '2'], ['X-Empty', '']] },
    { path: '/echo', headers: [['Cookie', 'a=1; b="2 3"'], ['User-Agent', 'test/1 (a; b)']] },
    ...ECHOED_METHODS,
    ...JSON_BODIES,
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x&c=', says: 'e x' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', says: '{}' },
    ...UPLOADS,
  ],
  'B26 C3 C5 large bodies and chunked ones are read whole': [
    ...LARGE_BODIES,
    { path: '/', says: 'hello' },
  ],
  'D6 cookies are set in their order and come back': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2; a=3']], says: '"a":["1","3"]' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei' }),
  ],
  'D3 D21 D22 redirects and errors are answered alike': [
    ...REDIRECTS,
    { path: '/absent', status: 404, says: 'Not Found' },
    { method: 'DELETE', path: '/', status: 405, says: 'Method Not Allowed' },
    { path: '/fail/refused', status: 401, says: 'who are you' },
    { path: '/fail/http', status: 418, says: '"cups":2' },
    { path: '/fail/conflict', status: 409, says: 'already there' },
    { path: '/fail/now', status: 500, says: 'Internal Server Error' },
    ...BROKEN_STREAM,
  ],
  'D1 D25 D26 streams, server-sent events, octets and HEAD': [
    ...STREAMS,
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße 2' },
    { path: '/octets' },
    { method: 'DELETE', path: '/octets', status: 204 },
    // Sanic answers HEAD only where a handler is written for it.
    { method: 'HEAD', path: '/', status: 405 },
    { method: 'HEAD', path: '/absent', status: 404 },
  ],
  'D1 D26 files are sent whole, in part, and not again': [
    { path: '/file/notes.txt', says: 'quick brown fox' },
    (last) => ({ path: '/file/notes.txt', headers: [since(last)], status: 304 }),
    ...RANGES,
    ...FILES,
  ],
  'D29 H12 work goes on after the response, and requests see the state of startup': [
    ...STATE,
    ...BACKGROUND,
  ],
  'F4 F5 G1 G13 WebSockets echo and choose a subprotocol': [
    { websocket: '/ws', steps: ['grüße', null, '', null, Buffer.from([0, 255]), null], leave: [1000], says: 'grüße' },
    { websocket: '/ws', steps: ['x'.repeat(100_000), null], leave: [4002, 'bye'], code: 4002 },
    {
      websocket: '/ws/rooms/blue?q=1&q=2',
      protocols: ['v0', 'chat'],
      headers: { Cookie: 'a=1' },
      steps: [null],
      says: 'blue',
      code: 1006,
      differs: CUT_OFF,
    },
  ],
  'G8 G12 WebSockets are refused and fail': [
    // Sanic answers with a response for HTTP, which no server can take.
    { websocket: '/ws/absent', status: 500, differs: OWN_REFUSAL },
    // Sanic keeps the exception to itself.
    { websocket: '/ws/broken', code: 1006, differs: CUT_OFF },
  ],
})

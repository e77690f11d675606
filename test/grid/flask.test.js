'use strict'

const { LARGE, MULTIPART, PIECES, UPLOAD, UPLOAD_IN_PIECES, URL_ENCODED, withoutTime } = require('./bodies')
const { BROKEN_STREAM, ECHOED_HEADERS, ECHOED_METHODS, FILES, JSON_BODIES, RANGES, REDIRECTS, STREAMS } = require(
  './requests',
)
const { compareGrid } = require('./support')

// That such a body is read is tested in test/wsgi/calls.test.js.
const REASON = 'Flask reads a body without a length only where wsgi.input_terminated is set, which uvicorn leaves out'
const WITHOUT_LENGTH = { body: REASON, 'header content-length': REASON }

// What WSGI does not have is not compared: WebSockets, a lifespan, work after the response other than in close().
compareGrid({
  target: 'flask_app:app',
  modules: ['flask', 'a2wsgi'],
  uvicorn: { interface: 'wsgi' },
  handler: { interface: 'wsgi' },
  plain: withoutTime,
}, {
  'B8 B11 Flask finds routes, parameters and queries alike': [
    { path: '/', says: 'hello, wörld' },
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
  'B5 B14 Flask sees the same method, headers and body': [
    ...ECHOED_HEADERS,
    ...ECHOED_METHODS,
    ...JSON_BODIES,
    { method: 'POST', path: '/json', body: 'text', status: 415 },
  ],
  'C3 forms and uploads of files are read alike': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x&c=', says: '"b"' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', says: '[]' },
    { method: 'POST', path: '/form', headers: [MULTIPART], body: UPLOAD, says: '"bytes":200000' },
    { method: 'POST', path: '/form', headers: [MULTIPART], chunks: UPLOAD_IN_PIECES, differs: WITHOUT_LENGTH },
  ],
  'B26 C3 C5 C13 large bodies are read whole, and too large ones refused': [
    { method: 'POST', path: '/echo', body: LARGE, says: '"bytes":3145728' },
    { method: 'POST', path: '/pieces', body: LARGE, says: '"bytes":3145728' },
    { method: 'POST', path: '/pieces', chunks: PIECES, differs: WITHOUT_LENGTH },
    { method: 'POST', path: '/echo', body: Buffer.alloc((4 << 20) + 1), status: 413 },
    { path: '/', says: 'hello' },
  ],
  'D6 cookies are set in their order and come back, and so does a session': [
    { path: '/cookies', headers: [['Cookie', 'a=1; b=2']], says: '"a":"1"' },
    (last) => ({ path: '/cookies', headers: [last.cookies()], says: 'zwei drei' }),
    { method: 'POST', path: '/session', says: '"visits":1' },
    (last) => ({ method: 'POST', path: '/session', headers: [last.cookies()], says: '"visit 2"' }),
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
    { path: '/events', headers: [['Accept', 'text/event-stream']], says: 'data: grüße 2' },
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
  'W11 what close() of a response does is done': [
    { path: '/later', says: 'now' },
    { path: '/noted/closed', says: 'True' },
  ],
})

compareGrid({
  target: 'flask_app:app',
  modules: ['flask', 'a2wsgi'],
  uvicorn: { interface: 'wsgi' },
}, {
  'A7 Flask is found to be WSGI without being said to be': [
    { path: '/', says: 'hello, wörld' },
    { method: 'POST', path: '/form', headers: [MULTIPART], body: UPLOAD, says: '"bytes":200000' },
    { path: '/async', says: 'coroutine' },
  ],
})

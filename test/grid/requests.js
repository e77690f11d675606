'use strict'

const { JSON_TYPE, LARGE, MULTIPART, PIECES, UPLOAD, UPLOAD_IN_PIECES } = require('./bodies')

// Steps of compareGrid that the apps of several frameworks in Fixtures/grid answer in the same way.

/** Repeated, empty and non-ASCII headers, which the app returns. */
const ECHOED_HEADERS = [
  { path: '/echo', headers: [['X-Same', '1'], ['Accept', '*/*'], ['x-same', '2'], ['X-Empty', '']] },
  { path: '/echo', headers: [['Cookie', 'a=1; b="2 3"'], ['X-Octets', 'caf\xe9'], ['User-Agent', 'test/1 (a; b)']] },
]

/** The methods with a body. */
const ECHOED_METHODS = [
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ method, path: '/echo', body: 'x', says: '"bytes":1' })),
]

/** A valid and an invalid body in JSON. */
const JSON_BODIES = [
  { method: 'POST', path: '/json', headers: [JSON_TYPE], body: '{"grüße":[1,2.5,null]}', status: 201 },
  { method: 'POST', path: '/json', headers: [JSON_TYPE], body: '{"broken', status: 400 },
]

/** Bodies of 3 MiB, read whole and in pieces, and a chunked one. */
const LARGE_BODIES = [
  { method: 'POST', path: '/echo', body: LARGE, says: '"bytes":3145728' },
  { method: 'POST', path: '/pieces', body: LARGE, says: '"bytes":3145728' },
  { method: 'POST', path: '/pieces', chunks: PIECES, says: '"bytes":70006' },
]

/** A form with files, with a length and chunked. */
const UPLOADS = [
  { method: 'POST', path: '/form', headers: [MULTIPART], body: UPLOAD, says: '"bytes":200000' },
  { method: 'POST', path: '/form', headers: [MULTIPART], chunks: UPLOAD_IN_PIECES, says: '"bytes":200000' },
]

/** A redirect to a path, and one to a URL with non-ASCII characters. */
const REDIRECTS = [
  { path: '/redirect', status: 302 },
  { path: '/redirect?to=https://example.org/gr%C3%BC%C3%9Fe', status: 302 },
]

/** Streams of several lengths. */
const STREAMS = [
  { path: '/stream', says: 'chunk 2' },
  { path: '/large' },
  { path: '/stream?count=0' },
  { path: '/stream?count=500', says: 'chunk 499' },
]

/** A stream that the app breaks off, and a request after it. */
const BROKEN_STREAM = [
  { path: '/stream/broken', isComplete: false, says: 'first' },
  { path: '/', says: 'hello' },
]

/** A range of a file, and one outside of it. */
const RANGES = [
  { path: '/file/notes.txt', headers: [['Range', 'bytes=4-8']], status: 206, says: 'quick' },
  { path: '/file/notes.txt', headers: [['Range', 'bytes=1000-']], status: 416 },
]

/** A large file, names with non-ASCII characters, a path out of the folder, a missing file, HEAD. */
const FILES = [
  { path: '/file/large.bin' },
  { path: '/file/gr%C3%BC%C3%9Fe%20%C3%BC.txt', says: 'Köln' },
  { path: '/file/../journal.py', status: 404 },
  { path: '/file/absent', status: 404 },
  { method: 'HEAD', path: '/file/large.bin' },
]

/** The lifespan's state, which requests share. */
const STATE = [
  { path: '/state?first', says: '["yes","first"]' },
  { path: '/state?second', says: '["yes","first","second"]' },
]

/** Work after the response. */
const BACKGROUND = [
  { method: 'POST', path: '/background', status: 202 },
  { path: '/noted/background', says: 'background is noted' },
]

/** A client that disconnects during a stream, which the app notices. */
const LEAVING_CLIENT = [
  { begin: { path: '/endless' }, until: 'first' },
  { leave: true },
  { path: '/noted/stopped', says: 'stopped is noted' },
]

module.exports = {
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
}

'use strict'

const { compare } = require('./compare')
const { MULTIPART, multipart } = require('./multipart')

const URL_ENCODED = ['Content-Type', 'application/x-www-form-urlencoded']
const GRÜSSE = 'gr%C3%BC%C3%9Fe'

const files = multipart(
  ['name="note"', null, 'grüße'],
  ['name="note"', null, 'second'],
  // One that Django keeps on disk, one in memory.
  ['name="files"; filename="first.bin"', 'application/octet-stream', Buffer.alloc(200_000, 'python-node ')],
  ['name="files"; filename="grüße.txt"', 'text/plain; charset=utf-8', 'small'],
)

const tagged = (...headers) => ({ path: '/tagged', headers, says: 'tagged' })
const notModified = (path, ...headers) => ({ path, headers, status: 304 })

compare('django_app:application', ['django'], {
  'B5 B6 Django sees the same method, path, headers and body': [
    { path: '/', says: 'hello, wörld' },
    { path: '/async', says: 'hello from a coroutine' },
    {
      path: '/echo?a=1&a=2&b=%C3%A9&c',
      headers: [['Accept', '*/*'], ['X-Same', '1'], ['x-same', '2'], ['X-Empty', '']],
    },
    { path: '/echo/async', headers: [['Cookie', 'a=1; b="2 3"'], ['Cookie', 'c=4'], ['X-Octets', 'caf\xe9']] },
    { path: '/echo', headers: [['X_Underscore', 'dropped'], ['User-Agent', 'test/1 (a; b)']] },
    { method: 'POST', path: '/echo', headers: [['Content-Type', 'application/json']], body: '{"grüße": 1}' },
    { method: 'PUT', path: '/echo/async', body: Buffer.alloc(100_000, 'abc'), says: '"bytes": 100000' },
    ...['PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method) => ({ method, path: '/echo', body: 'x' })),
    { method: 'GET', path: '/echo/async', body: 'a body of GET', says: '"bytes": 13' },
  ],
  'B26 C2 C3 Django reads chunked bodies and large ones whole': [
    { method: 'POST', path: '/read', chunks: ['one', 'two', Buffer.alloc(70_000, 'three')], says: '70006' },
    { method: 'POST', path: '/echo/async', chunks: ['one'], says: '"bytes": 3' },
    { method: 'POST', path: '/read', body: Buffer.alloc(3_000_000), says: '3000000' },
    { method: 'POST', path: '/echo', body: Buffer.alloc(1_000_001), status: 400 },
    { method: 'POST', path: '/read', chunks: [], says: '"bytes": 0' },
  ],
  'B8 B9 percent-encoded and non-ASCII paths are decoded alike': [
    { path: '/echo/caf%C3%A9%20%E2%82%AC?q=%E2%82%AC', says: '%E2%82%AC' },
    { path: '/echo/%F0%9F%90%8D', says: '\\ud83d\\udc0d' },
    { path: `/${GRÜSSE}/${GRÜSSE}`, says: 'gr\\u00fc\\u00dfe' },
    { path: '/echo/broken%FF%C0', says: '\\ufffd' },
    { path: '/paths/a%2Fb/c%3Fd%23e', says: '"rest": "a/b/c?d#e"' },
    { path: '/paths//twice//', says: '"rest": "/twice//"' },
    { path: '/paths/../up/./here', says: '"rest": "../up/./here"' },
    { path: "/paths/a;b=c:@!$&'()*+,", says: 'a;b=c:@!$&' },
    { path: '/echo/100%25', says: '"name": "100%"' },
    { path: '/numbers/42', says: '"number": 42' },
    { path: '/numbers/x', status: 404 },
    { path: `/named/${GRÜSSE}`, status: 301 },
  ],
  'C3 forms and uploads are read alike, in memory and on disk': [
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: 'a=1&a=2&b=gr%C3%BC%C3%9Fe+x', says: 'gr\\u00fc' },
    { method: 'POST', path: '/form', headers: [URL_ENCODED], body: '', says: '"fields": []' },
    { method: 'POST', path: '/form', headers: [MULTIPART], body: files, says: 'TemporaryUploadedFile' },
    // Django takes no form without a length.
    { method: 'POST', path: '/form', headers: [MULTIPART], chunks: [files] },
    { method: 'POST', path: '/form', headers: [['Content-Type', 'multipart/form-data']], body: 'x', status: 400 },
    { path: '/form', status: 405 },
  ],
  'D6 several cookies are set in their order, signed ones and sessions come back': [
    { path: '/cookies', says: 'baked' },
    (last) => ({ path: '/cookies/signed', headers: [last.cookies()], says: '4' }),
    { path: '/cookies/signed', headers: [['Cookie', 'signed=4:forged:forged']], says: 'none' },
    { path: '/cookies/signed', says: 'none' },
    { method: 'POST', path: '/session', says: '{"visits": 1}' },
    (last) => ({ method: 'POST', path: '/session', headers: [last.cookies()], says: '{"visits": 2}' }),
    (last) => ({ path: '/session', headers: [last.cookies()], says: '{"visits": 2}' }),
    { method: 'POST', path: '/session' },
    (last) => ({ method: 'DELETE', path: '/session', headers: [last.cookies()], says: '{}' }),
    { path: '/session', headers: [['Cookie', 'sessionid=forged']], says: '{}' },
  ],
  'D1 D3 redirects and other statuses pass alike': [
    { path: '/redirect', status: 302 },
    { path: `/redirect?to=/${GRÜSSE}/x`, status: 302 },
    { path: '/redirect?to=javascript:alert(1)', status: 400 },
    ...[201, 299, 404, 451, 503].map((status) => ({ path: `/status/${status}`, status })),
  ],
  'D25 D26 HEAD, 204 and 304 have headers and no body': [
    { method: 'HEAD', path: '/' },
    { method: 'HEAD', path: '/async' },
    { method: 'HEAD', path: '/stream/sync' },
    { method: 'HEAD', path: '/file/notes.txt' },
    { method: 'HEAD', path: '/static/notes.txt' },
    { method: 'HEAD', path: '/safe' },
    { method: 'POST', path: '/safe', status: 403 },
    { method: 'HEAD', path: '/fail', status: 500 },
    { path: '/status/204', status: 204 },
    { path: '/status/304', status: 304 },
  ],
  'D1 streams of coroutines and of threads arrive whole': [
    { path: '/stream/sync', says: 'chunk 2' },
    { path: '/stream/sync?count=200', says: 'chunk 199' },
    { path: '/stream/sync?count=0' },
    { path: '/stream/async', says: 'data: grüße 2' },
    { path: '/memory', says: 'from memory' },
    { path: '/file/notes.txt', says: 'quick brown fox' },
    { path: '/file/large.bin' },
    { path: '/file/empty.txt' },
    { path: `/file/notes.txt?as=${GRÜSSE}.txt`, says: 'quick brown fox' },
    { path: '/file/gr%C3%BC%C3%9Fe%20%C3%BC.txt', says: 'Köln' },
    { path: '/file/notes.txt', headers: [['Range', 'bytes=0-9']] },
  ],
  'D26 conditional requests are answered alike': [
    tagged(),
    notModified('/tagged', ['If-None-Match', '"version-7"']),
    notModified('/tagged', ['If-None-Match', 'W/"version-7", "another"']),
    tagged(['If-None-Match', '"another"']),
    { path: '/tagged', headers: [['If-Match', '"another"']], status: 412 },
    { path: '/dated', says: 'dated' },
    notModified('/dated', ['If-Modified-Since', 'Tue, 07 May 2024 00:00:00 GMT']),
    { path: '/dated', headers: [['If-Unmodified-Since', 'Mon, 01 Jan 2001 00:00:00 GMT']], status: 412 },
    { path: '/async' },
    (last) => notModified('/async', ['If-None-Match', last.header('etag')]),
    { path: '/static/sheet.css', says: 'teal' },
    (last) => notModified('/static/sheet.css', ['If-Modified-Since', last.header('last-modified')]),
    { path: '/static/gr%C3%BC%C3%9Fe%20%C3%BC.txt', says: 'Köln' },
    { path: '/static/../django_app.py', status: 400 },
  ],
  'D22 errors before and within a response are answered alike': [
    { path: '/absent', status: 404, says: 'Not Found' },
    { path: `/${GRÜSSE}`, status: 404 },
    { path: '/fail', status: 500, says: 'Server Error (500)' },
    { path: '/fail/now', status: 500, says: 'Server Error (500)' },
    { path: '/fail/absent', status: 404 },
    { path: '/fail/denied', status: 403, says: '403 Forbidden' },
    { path: '/fail/suspicious', status: 400, says: 'Bad Request' },
    { path: '/stream/broken', isComplete: false, says: 'first' },
    { method: 'POST', path: '/protected', headers: [URL_ENCODED], body: 'a=1', status: 403, says: 'CSRF' },
    { path: '/file/absent.txt', status: 500 },
    { path: '/', says: 'hello' },
  ],
  'C8 C9 D27 a client that leaves ends its view, and its stream': [
    { begin: { path: '/wait' } },
    { path: '/happened/arrived', says: 'arrived has happened' },
    { leave: true },
    { path: '/happened/left', says: 'left has happened' },
    { begin: { path: '/endless' }, until: 'first' },
    { leave: true },
    { path: '/happened/stopped', says: 'stopped has happened' },
  ],
  'HTTP/1.0 and absolute targets are understood alike': [
    { path: '/echo', version: '1.0', says: '"path": "/echo"' },
    { path: '/stream/sync', version: '1.0', says: 'chunk 2' },
    { path: 'http://example.test/echo?a=1', says: '"path": "/echo"' },
    { path: '/', headers: [['Connection', 'close']], says: 'hello' },
  ],
})

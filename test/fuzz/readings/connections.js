'use strict'

const { mutated } = require('../wire')

/** A head: the request line, a Host, and other fields. */
const head = (line, ...fields) => [line, 'Host: a', ...fields, '', ''].join('\r\n')
const get = (...fields) => head('GET / HTTP/1.1', ...fields)
const post = (...fields) => head('POST / HTTP/1.1', ...fields)
const fixed = (...fields) => `${post('Content-Length: 5', ...fields)}abcde`
const chunks = (body) => post('Transfer-Encoding: chunked') + body
const next = head('GET /next HTTP/1.1')
/** What a smuggler wants the second server to take for a request. */
const smuggled = head('GET /smuggled HTTP/1.1')
const CHUNK = '3\r\nabc\r\n'
const LAST = '0\r\n\r\n'

/** Requests as they should be. */
const SOUND = [
  get(),
  get('Accept: */*', 'Cookie: a=b; c="\xe9"', 'X:', 'Y: \t z \t'),
  fixed(),
  chunks(CHUNK + LAST),
  chunks(`${CHUNK}00a\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n`),
  chunks(`3;a;b=c;d="e;\\"f"\r\nabc\r\n${LAST}`),
  head('HEAD /a%20b?c=d HTTP/1.1', 'Connection: close'),
  head('OPTIONS * HTTP/1.1'),
  head('GET http://a:80/b?c HTTP/1.1'),
  head('GET / HTTP/1.0'),
  head('GET / HTTP/1.0', 'Connection: keep-alive') + next,
  get() + fixed() + chunks(CHUNK + LAST) + next,
  `\r\n${get()}\r\n\r\n${next}`,
]

/** Two servers in a row that disagree on where this ends make one request out of two, or two out of one. */
const SMUGGLED = [
  // Both lengths, in either order, where the shorter one leaves a request.
  `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}${LAST}${smuggled}`,
  `${post('Transfer-Encoding: chunked', `Content-Length: ${LAST.length + smuggled.length}`)}${LAST}${smuggled}`,
  // A Transfer-Encoding that only one of them sees.
  ...[
    'xchunked',
    'chunked ',
    '\tchunked',
    'chunked\t',
    'chunked\x0b',
    '"chunked"',
    'chunked;a',
    'CHUNKED',
    'chunke\xb4',
    '',
    'x',
  ].map(
    (coding) => post(`Transfer-Encoding: ${coding}`, `Content-Length: ${LAST.length}`) + LAST + smuggled,
  ),
  ...['Transfer-Encoding : chunked', ' Transfer-Encoding: chunked', 'Transfer-Encoding\t: chunked'].map((field) =>
    post('Content-Length: 5', field) + LAST + smuggled
  ),
  ...['Transfer_Encoding: chunked', 'Transfer-Encoding\0: chunked', 'X: y\nTransfer-Encoding: chunked'].map((field) =>
    post('Content-Length: 5', field) + LAST + smuggled
  ),
  post('Transfer-Encoding:\r\n chunked', 'Content-Length: 5') + LAST + smuggled,
  // Codings, of which one is chunked.
  ...['chunked, identity', 'identity, chunked', 'chunked, chunked', 'gzip, chunked', ', chunked', 'chunked,', 'gzip']
    .map(
      (codings) => post(`Transfer-Encoding: ${codings}`) + CHUNK + LAST + smuggled,
    ),
  post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + LAST + smuggled,
  post('Transfer-Encoding: identity', 'Transfer-Encoding: chunked') + LAST + smuggled,
  head('POST / HTTP/1.0', 'Transfer-Encoding: chunked') + LAST + smuggled,
  head('POST / HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked') + LAST + smuggled,
  // Lengths that are read in several ways.
  ...['0, 5', '5, 5', '+5', '-5', '5 5', '0x5', '5e0', '05', ' 5 ', '5\t', '', '\xb2', '5;', '4294967301'].map((
    length,
  ) => `${post(`Content-Length: ${length}`)}abcde${next}`),
  `${post('Content-Length: 5', 'Content-Length: 0')}abcde${next}`,
  `${post('Content-Length: 5', 'content-length: 5')}abcde${next}`,
  `${post('Content-Length: 18446744073709551621')}abcde${next}`,
  `${post('Content_Length: 5', 'Content-Length: 0')}${next}`,
  // A body where the other server expects none.
  `${head('GET / HTTP/1.1', `Content-Length: ${smuggled.length}`)}${smuggled}`,
  `${head('HEAD / HTTP/1.1', 'Content-Length: 5')}abcde${next}`,
  `${get('Connection: Content-Length', 'Content-Length: 5')}abcde${next}`,
  // Sizes of chunks that are read in several ways.
  ...['3 ', ' 3', '3\t', '0x3', '+3', '-3', '3_', '3g', '03', '', '3,', '100000003', '1000000000000000003'].map((
    size,
  ) => chunks(`${size}\r\nabc\r\n${LAST}${smuggled}`)),
  chunks(`0000000000000000000000003\r\nabc\r\n${LAST}${smuggled}`),
  chunks(`FFFFFFFFFFFFFFFD\r\nabc\r\n${LAST}${smuggled}`),
  chunks(`8000000000000000\r\nabc`),
  // Ends of lines within chunks.
  ...['\n', '\r', '\r\r\n', '\n\r', '\0\r\n', ' \r\n', ''].map((end) => chunks(`3${end}abc\r\n${LAST}${smuggled}`)),
  ...['\n', '\r', '\r\r\n', 'x\r\n', '\rx', ''].map((end) => chunks(`3\r\nabc${end}${LAST}${smuggled}`)),
  ...['\n', '\r\n\n', '\n\r\n', '\r\n\r', '\r\n\rX'].map((end) => chunks(`${CHUNK}0${end}${smuggled}`)),
  // Extensions, of which one server skips to a line feed and the other to a line's end.
  ...[
    ';',
    ';a',
    ';a=',
    ';=b',
    '; a',
    ';a b',
    ';a="',
    ';a="\n"',
    ';a=b"c"',
    ';a=b\n',
    ';a\rb',
    ' ;a',
    ';a;',
    ';a="b"c',
    ';a="\\\n"',
    ';a="\\\x01"',
  ].map(
    (extension) => chunks(`3${extension}\r\nabc\r\n${LAST}${smuggled}`),
  ),
  // Trailers that say anew what the head has said.
  ...[
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding:',
    'Host: b',
    'X : y',
    ' X: y',
    'X',
    ':',
    'X: \0',
    'X: y\n',
  ].map(
    (field) => chunks(`${CHUNK}0\r\n${field}\r\n\r\n${next}`),
  ),
  chunks(`${CHUNK}0\r\nConnection: close\r\n\r\n${next}`),
  // Nothing but the end of a connection ends these.
  get('Connection: close') + smuggled,
  head('GET / HTTP/1.0') + smuggled,
]

/** Lines and targets on which servers differ. */
const ODD = [
  ...['GET  / HTTP/1.1', 'GET /  HTTP/1.1', ' GET / HTTP/1.1', 'GET\t/ HTTP/1.1', 'GET / HTTP/1.1 ', 'GET /', 'GET']
    .map(
      (line) => head(line),
    ),
  ...['1.0', '1.2', '0.9', '2.0', '1.01', '1,1', '3.0', '1.', '11'].map((version) => head(`GET / HTTP/${version}`)),
  ...['http/1.1', 'RTSP/1.0', 'ICE/1.0', 'HTTPS/1.1', 'HTTP 1.1', 'HTTP/ 1.1'].map((version) =>
    head(`GET / ${version}`)
  ),
  ...['get', 'GETS', 'G', 'PRI', 'QUERY', 'M-SEARCH', 'SOURCE', 'DESCRIBE', 'FOO', 'GET,', 'UNSUBSCRIBE', 'G\xc9T'].map(
    (method) => head(`${method} / HTTP/1.1`),
  ),
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  head('DESCRIBE / RTSP/1.0'),
  get() + head('PRI /'),
  `GET / HTTP/1.1\r\nHost: a, b\r\n\r\n${head('PRI /')}`,
  `${get()}GET / HTTP/1.1\r\n\r\n${head('PRI /')}`,
  ...['*', 'a', '/#a', '/?a#b', '?', '/\xe9', '/\x7f', '/\0', '/\t', '//a', '/a//b', '/"<>\\^`{|}', '/%', '/%zz', '']
    .map(
      (target) => head(`GET ${target} HTTP/1.1`),
    ),
  ...[
    'http://a',
    'http://a?b',
    'HTTP://a/',
    'https://a:1/',
    'ftp://a/',
    'http://',
    'http:///a',
    'http://u@a/',
    'http:/a',
  ]
    .concat(['http://a:b/', 'http://[::1]:8/', 'http://[::1/', 'http://a#b', 'http://a/\xe9', 'ws://a/', 'a:80', 'h'])
    .map((target) => head(`GET ${target} HTTP/1.1`)),
  ...['a:80', 'a', '/', '[::1]:80', ':80', 'a:', '*', 'http://a/', 'a:b', 'a:80/'].map((target) =>
    `${head(`CONNECT ${target} HTTP/1.1`)}\x16\x03\x01`
  ),
  head('OPTIONS *a HTTP/1.1'),
  head('POST * HTTP/1.1'),
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET http://a/ HTTP/1.1\r\n\r\n',
  ...['', 'a b', 'a, b', 'a@b', 'a/b', 'a:b', 'a:', '[::1]', '[::1', '\xe9', 'a\t', 'a?', 'a#', '%', '%41', 'a_b', '*']
    .map(
      (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    ),
  get('Host: a'),
  get('Host: b'),
  head('GET / HTTP/1.0', 'Host: b'),
  ...['\n', '\r', '\r\r\n', '\n\r\n', '\r\n ', '\r\n\t', '\0', '\x0b', '\x0c', '\x7f', '\x80', '\x1f'].map((octet) =>
    get(`X: y${octet}z`)
  ),
  ...[
    'X',
    ':',
    ': y',
    'X : y',
    'X\t: y',
    '\xe9: y',
    'X\0: y',
    'X(: y',
    'X/Y: z',
    ' X: y',
    '\tX: y',
    'X\n: y',
    '\x7f: y',
  ].map(
    (field) => get(field),
  ),
  'GET / HTTP/1.1\nHost: a\n\n',
  'GET / HTTP/1.1\r\nHost: a\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\n',
  'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  'GET / HTTP/1.1\rHost: a\r\r',
  ...['\n', '\r', '\r\n\n', '\n\r', '\r\r\n', '\r\n'.repeat(5), ' \r\n', '\0'].map((before) => before + get()),
  ...[
    'close',
    'x, close',
    'close;',
    'closed',
    '\tclose',
    'close\t',
    'CLOSE',
    ',close',
    'keep-alive, close',
    '',
    'upgrade',
  ]
    .concat(['close close', '"close"', 'close,,', 'x close', 'clos', 'close, keep-alive', 'keep-alive\t'])
    .flatMap((value) => [
      get(`Connection: ${value}`) + next,
      head('GET / HTTP/1.0', `Connection: ${value}`) + head('GET /next HTTP/1.0'),
    ]),
  get('Connection: close', 'Connection: keep-alive') + next,
  get('Proxy-Connection: close') + next,
  ...[
    '100-continue',
    '100-Continue',
    'x',
    '',
    '100-continue, x',
    '100-continue, 100-continue',
    '100-continue,',
    'x100-continue',
  ]
    .map((value) => fixed(`Expect: ${value}`)),
  head('GET / HTTP/1.0', 'Expect: x'),
  get('Upgrade: foo', 'Connection: upgrade') + smuggled,
  get('Upgrade: foo', 'Connection: x, Upgrade', 'Content-Length: 3') + smuggled,
  get('Upgrade: foo') + next,
  get('Upgrade:', 'Connection: upgrade') + next,
  head('GET / HTTP/1.0', 'Upgrade: foo', 'Connection: upgrade') + smuggled,
  head(`GET /${'a'.repeat(16_300)} HTTP/1.1`),
  head(`GET /${'a'.repeat(16_400)} HTTP/1.1`),
  get(`X: ${'a'.repeat(16_300)}`),
  get(`X: ${'a'.repeat(16_360)}`),
  get(`X: ${'a'.repeat(16_400)}`),
  get(...Array(990).fill('a:b')),
  get(...Array(1_010).fill('a:')),
  chunks(`1;${'a'.repeat(16_380)}\r\nx\r\n${LAST}`),
  chunks(`1;${'a'.repeat(16_390)}\r\nx\r\n${LAST}`),
  chunks(`${CHUNK}0\r\nX: ${'a'.repeat(16_300)}\r\n\r\n`),
  chunks(`${CHUNK}0\r\nX: ${'a'.repeat(16_400)}\r\n\r\n`),
  '',
  'G',
  get().slice(0, -1),
  fixed().slice(0, -1),
  '\x16\x03\x01\x02\0\x01\0',
]

const SEEDS = [...SOUND, ...SMUGGLED, ...ODD].map((text) => Buffer.from(text, 'latin1'))

/** What has a meaning in the protocol, to be put anywhere. */
const PIECES = ['\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', ':', ';', ',', '"', '=', '\0', '0', 'chunked', LAST, CHUNK]
  .concat([
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: a\r\n',
    'Connection: close\r\n',
    'HTTP/1.0',
  ])
  .concat([
    'Upgrade: foo\r\n',
    'Connection: upgrade\r\n',
    'Expect: 100-continue\r\n',
    'CONNECT ',
    next,
    'a: b\r\n',
    '\x80',
  ])

/** Makes a connection's octets: some seeds one after the other, mostly with a few octets changed. */
function connectionOf(random) {
  const parts = random.some(1, 3, () => random.once(3) ? Buffer.from(random.of(SOUND), 'latin1') : random.of(SEEDS))
  // A long one says nothing more when it is changed, and takes long to be cut at each place.
  const octets = Buffer.concat(parts.filter(({ length }) => length < 1_000))
  return random.once(10) || octets.length === 0 ? octets : mutated(random, octets, PIECES)
}

module.exports = { SEEDS, connectionOf }

'use strict'

const START = 's:http.response.start'
const BODY = 's:http.response.body'
const TRAILERS = 's:http.response.trailers'

/** Writes bytes as the fixture reads them, in one of the types that ASGI or its apps have for them. */
function bytesOf(random, text) {
  return `${random.once(4) ? random.of(['a', 'm']) : 'b'}:${text}`
}

const NAMES = ['x-a', 'X-B', 'x-c', 'X-Custom']

function headersOf(random) {
  return random.some(0, 4, () => [random.of(NAMES), random.text('ab, "\xe9', 0, 12).trim()])
}

/** Headers in one of the shapes that an app may give them. */
function shaped(random, headers) {
  const pairs = headers.map(([name, value]) => [`b:${name}`, `b:${value}`])
  const tuples = pairs.map((pair) => `t:${JSON.stringify(pair)}`)
  return random.of([pairs, tuples, `t:${JSON.stringify(tuples)}`, `g:${JSON.stringify(pairs)}`])
}

const BAD_HEADERS = [
  [5, ['TypeError']],
  [[5], ['TypeError']],
  [[['b:x']], ['ValueError', 'TypeError']],
  [[['b:x', 'b:1', 'b:2']], ['ValueError', 'TypeError']],
  [[['s:x', 'b:1']], ['TypeError']],
  [[['b:x', 's:1']], ['TypeError']],
  [[['b:x', null]], ['TypeError']],
  [[['b:', 'b:1']], ['ValueError']],
  [[['b::path', 'b:1']], ['ValueError']],
  [[['b:x y', 'b:1']], ['ValueError']],
  [[['b:x', 'b:1\r\nevil: 1']], ['ValueError']],
  [[['b:x', 'b:1\0']], ['ValueError']],
  [[['b:a', 'b:1'], ['b:x\n', 'b:1']], ['ValueError']],
]

/** A message of the app's: `spec` is what the fixture makes it from, the rest what the model knows of it. */
function startOf(random, prefix = '') {
  const type = START.replace(':', `:${prefix}`)
  if (random.once(8)) {
    const [given, bad] = random.of(BAD_HEADERS)
    return { kind: 'start', bad, spec: { type, status: 200, headers: given } }
  }
  if (random.once(12)) {
    const [status, bad] = random.of([
      [99, ['ValueError']],
      [1000, ['ValueError']],
      [-1, ['ValueError']],
      ['s:200', ['TypeError']],
      [null, ['TypeError']],
      [200.5, ['TypeError']],
      ['b:200', ['TypeError']],
    ])
    return { kind: 'start', bad, spec: { type, status, headers: [] } }
  }
  if (random.once(30)) return { kind: 'start', bad: ['KeyError'], spec: { type } }
  const headers = headersOf(random)
  const contentLength = random.once(4) ? random.below(30) : null
  const all = contentLength === null ? headers : [...headers, ['Content-Length', String(contentLength)]]
  const status = random.once(3) ? random.of([204, 304, 404, 500, 206, 299, 599]) : 200
  const hasTrailers = prefix === '' && random.once(6)
  const spec = { type, status }
  if (all.length > 0 || random.once(2)) spec.headers = shaped(random, all)
  if (hasTrailers) spec.trailers = true
  return { kind: 'start', bad: null, spec, status, headers: lower(all), hasTrailers, contentLength }
}

function lower(headers) {
  return headers.map(([name, value]) => [name.toLowerCase(), value])
}

function pieceOf(random, prefix = '') {
  const type = BODY.replace(':', `:${prefix}`)
  if (random.once(10)) {
    const body = random.of(['s:text', 5, [1], 'o:', null])
    return { kind: 'piece', bad: ['TypeError'], spec: { type, body, more_body: random.once(2) } }
  }
  const text = random.once(20) ? 'y'.repeat(random.of([16_384, 70_000])) : random.text('ab\xff\0', 0, 20)
  const more = random.once(2)
  const spec = { type }
  if (text !== '' || random.once(2)) spec.body = bytesOf(random, text)
  if (more || random.once(2)) spec.more_body = more
  return { kind: 'piece', bad: null, spec, text, more }
}

function trailersOf(random) {
  if (random.once(6)) {
    const [headers, bad] = random.of(BAD_HEADERS)
    return { kind: 'trail', bad, spec: { type: TRAILERS, headers } }
  }
  const headers = headersOf(random)
  const more = random.once(4)
  return {
    kind: 'trail',
    bad: null,
    spec: { type: TRAILERS, headers: shaped(random, headers), more_trailers: more },
    headers: lower(headers),
    more,
  }
}

function otherOf(random) {
  const [spec, bad] = random.of([
    [{ type: 's:nonsense' }, ['RuntimeError', 'ValueError']],
    [{ type: 's:' }, ['RuntimeError', 'ValueError']],
    [{ type: 's:lifespan.startup.complete' }, ['RuntimeError']],
    [{ status: 200 }, ['KeyError']],
    [{ type: 'b:http.response.start' }, ['TypeError']],
    [{ type: null }, ['TypeError']],
    [{ type: 5 }, ['TypeError']],
    [null, ['TypeError']],
    ['s:http.response.start', ['TypeError']],
    [[], ['TypeError']],
    [5, ['TypeError']],
  ])
  return { kind: 'other', bad, spec }
}

function acceptOf(random, subprotocol) {
  const type = 's:websocket.accept'
  if (random.once(8)) {
    const [headers, bad] = random.of(BAD_HEADERS)
    return { kind: 'accept', bad, spec: { type, headers } }
  }
  if (random.once(12)) return { kind: 'accept', bad: ['TypeError'], spec: { type, subprotocol: random.of([5, 'b:x']) } }
  const spec = { type, headers: shaped(random, headersOf(random)) }
  if (subprotocol !== '') spec.subprotocol = `s:${subprotocol}`
  return { kind: 'accept', bad: null, spec, subprotocol }
}

function messageOf(random) {
  const type = 's:websocket.send'
  if (random.once(8)) {
    const [more, bad] = random.of([
      [{}, ['ValueError']],
      [{ text: null, bytes: null }, ['ValueError']],
      [{ text: 's:a', bytes: 'b:a' }, ['ValueError']],
      [{ text: 'b:a' }, ['TypeError']],
      [{ text: 5 }, ['TypeError']],
      [{ bytes: 's:a' }, ['TypeError']],
      [{ bytes: 5 }, ['TypeError']],
      [{ text: 's:\ud800' }, ['UnicodeEncodeError', 'ValueError']],
    ])
    return { kind: 'message', bad, spec: { type, ...more } }
  }
  const text = random.once(20) ? 'z'.repeat(random.of([16_384, 70_000])) : random.text('ab~', 0, 20)
  const isText = random.once(2)
  const spec = { type, [isText ? 'text' : 'bytes']: isText ? `s:${text}` : bytesOf(random, text) }
  if (random.once(3)) spec[isText ? 'bytes' : 'text'] = null
  return { kind: 'message', bad: null, spec, text, isText }
}

function closeOf(random) {
  const type = 's:websocket.close'
  if (random.once(8)) {
    const [more, bad] = random.of([
      [{ code: 's:1000' }, ['TypeError']],
      [{ code: 1.5 }, ['TypeError']],
      [{ reason: 5 }, ['TypeError']],
      [{ reason: `s:${'r'.repeat(124)}` }, ['ValueError']],
    ])
    return { kind: 'close', bad, spec: { type, ...more } }
  }
  const code = random.of([1000, 1000, 1001, 1011, 3000, 4999, 1005, 999, 5000, 0])
  const reason = random.of(['', 'bye', 'r'.repeat(123)])
  return { kind: 'close', bad: null, spec: { type, code, reason: `s:${reason}` }, code, reason }
}

const HTTP = [startOf, startOf, pieceOf, pieceOf, pieceOf, pieceOf, trailersOf].map((make) => (random) => make(random))
const HTTP_MESSAGES = [...HTTP, otherOf]
const deny = [(random) => startOf(random, 'websocket.'), (random) => pieceOf(random, 'websocket.')]
const SOCKET_MESSAGES = [acceptOf, messageOf, messageOf, messageOf, messageOf, closeOf, ...deny, otherOf]

/** The steps of a task: mostly messages, with time and other things between them. */
function stepsOf(random, makers, messages, subprotocol) {
  return random.some(0, 7, () => {
    const kind = random.below(20)
    if (kind === 0) return ['raise', null]
    if (kind === 1) return ['return', null]
    if (kind === 2) return ['nap', 1]
    if (kind === 3) return ['receive', null]
    if (kind <= 6) return ['turns', random.from(1, 3)]
    const message = random.of(makers)(random, subprotocol)
    const number = messages.push(message) - 1
    return [kind === 7 ? 'drop' : kind === 8 ? 'shield' : 'send', number, message.spec]
  })
}

/**
 * Makes a plan for an app, mostly one that begins as it should.
 *
 * @param {object} random
 * @param {number} id
 * @param {boolean} isSocket
 * @returns {{ plan: object, messages: object[], subprotocol: string }} the messages are known by their place; the
 *   subprotocol is what each `accept` chooses.
 */
function planOf(random, id, isSocket) {
  const messages = []
  const makers = isSocket ? SOCKET_MESSAGES : HTTP_MESSAGES
  const subprotocol = random.of(['', 'one'])
  const tasks = random.some(1, random.once(3) ? 3 : 1, () => stepsOf(random, makers, messages, subprotocol))
  if (!random.once(5)) {
    const first = isSocket ? acceptOf(random, subprotocol) : startOf(random)
    tasks[0].unshift(['send', messages.push(first) - 1, first.spec])
  }
  if (!isSocket && !random.once(3)) {
    const last = pieceOf(random)
    tasks[0].push(['send', messages.push(last) - 1, last.spec])
  }
  return { plan: { id, tasks, waits: random.once(2) }, messages, subprotocol }
}

module.exports = { planOf }

'use strict'

const assert = require('node:assert/strict')
const { Request } = require('../..')
const { MODES, assertEcho, wireTarget } = require('./echo')
const { OneApp } = require('./one-app')

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const isToken = (text) => text !== '' && [...text].every((character) => TOKEN.includes(character))
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'get', 'PURGE', 'M-SEARCH', 'x!y']
const NAMES = ['accept', 'X-One', 'x-two', 'Cookie', 'TE', 'Content-Type', 'constructor', 'toString', '1', 'x_y', '~']

/** Requests with any valid or invalid values: each gets its own answer, or an error that names what is wrong. */
class Inputs extends OneApp {
  constructor() {
    super('echoes_whole')
  }

  async run(random, number) {
    const { options, sent, codes } = requestOf(random, number)
    const way = random.of(WAYS)
    let answer
    try {
      answer = await way(this.handler, options, random)
    } catch (error) {
      assert.ok(
        codes.has(error.code),
        `unexpected ${error.code ?? error.stack}, wanted ${[...codes]}: ${error.message}`,
      )
      return error.code
    }
    assert.equal(codes.size, 0, `no error, wanted one of ${[...codes]}`)
    assert.equal(answer.status, 200)
    assertEcho(answer.body, sent)
    return 'answered'
  }
}

/** The ways to ask; each takes plain options and gives status and body. */
const WAYS = [
  (handler, options) => handler.handleRequest(options),
  (handler, options) => handler.handleRequest(new Request(options)),
  async (handler, options) => collected(await handler.handleStream(options)),
  async (handler, options) => {
    const request = new Request(options)
    const opened = handler.handleStream(request)
    await request.end()
    return collected(await opened)
  },
  async (handler, options, random) => {
    // Blocks this thread and with it the other cases: now and then.
    const subject = random.once(2) ? options : new Request(options)
    return random.once(5) ? handler.handleRequestSync(subject) : handler.handleRequest(subject)
  },
]

async function collected(response) {
  const chunks = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.status, body: Buffer.concat(chunks) }
}

/** Makes a request, what the app must see of it, and the codes of its errors. */
function requestOf(random, number) {
  const codes = new Set()
  const method = methodOf(random, codes)
  const { url, target } = urlOf(random, number, codes)
  const headers = headersOf(random, number, codes)
  const { body, bytes } = bodyOf(random, codes)
  const options = { method, url, headers: headers.given, body }
  if (options.method === undefined) delete options.method
  const sent = { method: String(method ?? 'GET').toUpperCase(), target, headers: headers.entries, body: bytes }
  return { options, sent, codes }
}

function methodOf(random, codes) {
  if (random.once(3)) return undefined
  if (!random.once(8)) return random.of(METHODS)
  const method = random.of([random.units(0, 6), random.text(TOKEN, 1, 20), 5, {}, true, Symbol.iterator])
  if (typeof method !== 'string' || !isToken(method)) codes.add('ERR_ASGI_INVALID_METHOD')
  return method
}

function urlOf(random, number, codes) {
  const mode = `/${random.of(MODES)}/${number}`
  const rest = random.once(2) ? '' : random.once(3) ? random.units(0, 30) : random.text('/%?&=.~az09', 0, 40)
  const target = wireTarget(mode + rest)
  if (target === null) codes.add('ERR_ASGI_INVALID_URL')
  const origin = rest === '' || target === null ? '' : random.of(['', '', 'http://h', 'https://a.b:8', 'WSS://[::1]'])
  // What a URL itself cannot have must not be hidden by its parser: only plain targets get an origin.
  const isPlain = /^[\x21-\x7e]*$/.test(rest)
  return { url: (isPlain ? origin : '') + mode + rest, target }
}

function headersOf(random, number, codes) {
  const pairs = [['x-case', String(number)], ...random.some(0, random.once(20) ? 100 : 6, () => headerOf(random))]
  const entries = []
  const add = (name, values) => {
    if (!isToken(name)) codes.add('ERR_ASGI_INVALID_HEADER_NAME')
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value === 'object' || typeof value === 'symbol' || /[^\t\x20-\x7e\x80-\xff]/.test(String(value))) {
        codes.add('ERR_ASGI_INVALID_HEADER_VALUE')
      }
      entries.push([name.toLowerCase(), String(value)])
    }
  }
  if (random.once(2)) {
    const given = Object.fromEntries(pairs)
    for (const name of Object.keys(given)) if (given[name] !== undefined) add(name, given[name])
    return { given, entries }
  }
  const single = pairs.filter(([, value]) => !Array.isArray(value) && value !== undefined)
  for (const [name, value] of single) add(name, value)
  const given = random.of([() => single, () => new Set(single), () => single.values()])()
  return { given, entries }
}

function headerOf(random) {
  const name = random.once(40) ? random.units(0, 8) : random.once(3) ? random.text(TOKEN, 1, 12) : random.of(NAMES)
  const value = random.once(40) ? random.units(1, 20) : random.of([
    random.text('\t abc,;="\x80\xe9\xff', 0, 30),
    '',
    random.below(1e6),
    true,
    undefined,
    random.once(10) ? null : 'x',
    random.once(10) ? [1, {}] : ['a', 2, 'c'],
    random.once(30) ? 'y'.repeat(70_000) : 'y',
  ])
  return [name, value]
}

function bodyOf(random, codes) {
  const bytes = random.bytes(random.length())
  const shared = new Uint8Array(bytes)
  const text = random.units(0, 50)
  const none = Buffer.alloc(0)
  const kinds = [
    () => ({ body: undefined, bytes: none }),
    () => ({ body: null, bytes: none }),
    () => ({ body: bytes, bytes }),
    () => ({ body: shared, bytes }),
    () => ({ body: shared.buffer, bytes }),
    () => ({ body: new DataView(shared.buffer, shared.length >> 1), bytes: bytes.subarray(shared.length >> 1) }),
    () => ({ body: text, bytes: Buffer.from(text) }),
    () => {
      if (!random.once(4)) return { body: bytes, bytes }
      codes.add('ERR_ASGI_INVALID_BODY')
      return { body: random.of([5, {}, [], true, () => 'x', Symbol.iterator, 5n]), bytes: none }
    },
  ]
  return random.of(kinds)()
}

module.exports = { Inputs, TOKEN, isToken }

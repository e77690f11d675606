'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Scene } = require('../faults/support')

/** The places of a response's start and of its body in Fixtures/faults/changes_its_events.py. */
const STARTS = [
  'status',
  'wrong_status',
  'trailers',
  'headers',
  'headers_in_order',
  'pair',
  'name',
  'value',
  'octets',
  'key',
  'type_key',
  'wrong_type',
  'trash',
]
const BODIES = ['body', 'bytearray', 'pretender', 'view', 'wrong_body', 'more_body', 'body_key']
const DEEDS = ['clears', 'sends', 'ends', 'raises', 'both']

/** The headers that a response may have, whole. */
const HEADERS = { 'x-inside': /^i{999}$/, 'x-outer': /^o+$/, 'x-first': /^f{300}$/ }
/** The response's own parts, whole and in order. */
const BODY = /^(inside)*(o{5000}|buffer|bytes)?(\|\["\w+"(, "\w+")*\])?$/

/** Checks that a response has nothing that another one was to have, and that the one inside is whole. */
function check({ status, headers, body }) {
  const named = Object.fromEntries(headers)
  for (const [name, value] of Object.entries(named)) assert.match(value, HEADERS[name] ?? /^$/, name)
  const expected = { 299: ['x-inside'], 202: ['x-outer'], 200: [] }[status]
  for (const name of expected) assert.ok(Object.hasOwn(named, name), name)
  assert.equal(status === 299, Object.hasOwn(named, 'x-inside'))
  assert.match(body.toString(), BODY)
}

for (const [part, places] of [['start', STARTS], ['body', BODIES]]) {
  for (const deed of DEEDS) {
    test(`values of a response’s ${part} whose code ${deed} spoil no response, their own or another’s`, async (t) => {
      const scene = new Scene(t, 'changes_its_events')
      for (const place of places) {
        // In one batch with others, whose headers are next to its own.
        const urls = ['/plain/none', `/${place}/${deed}`, '/plain/none', `/${place}/${deed}`, '/plain/none']
        const responses = await Promise.all(urls.map((url) => scene.handler.handleRequest({ url })))
        responses.forEach(check)
        for (const index of [0, 2, 4]) {
          const { status, headers, body } = responses[index]
          assert.deepEqual([status, [...headers]], [202, [['x-outer', 'o'.repeat(200)]]])
          assert.equal(body.toString(), '|["sent"]')
        }
        await scene.outcome(`/${place}/${deed}`)
      }
    })
  }
}

test('an exception raised while a value is read is raised by send()', async (t) => {
  const scene = new Scene(t, 'changes_its_events')
  for (const place of ['status', 'trailers', 'headers', 'pair', 'key', 'type_key', 'more_body', 'body_key']) {
    assert.equal((await scene.outcome(`/${place}/raises`)).body, '|["LookupError"]')
  }
})

test('a message that is sent while another one is read goes out before it', async (t) => {
  const scene = new Scene(t, 'changes_its_events')
  for (const place of ['status', 'headers', 'headers_in_order', 'pair', 'trailers']) {
    assert.equal((await scene.outcome(`/${place}/sends`)).body, '|["RuntimeError", "sent"]')
    assert.equal((await scene.outcome(`/${place}/ends`)).body, 'inside')
  }
  const { body } = await scene.outcome('/more_body/sends')
  assert.equal(body, 'inside'.repeat(100) + 'o'.repeat(5000))
})

test("any value that an app sets in the host's context variable leaves its records logged", async (t) => {
  const scene = new Scene(t, 'spoils_its_context')
  const records = []
  scene.handler.on('log', (record) => records.push(record.message))
  for (const what of ['number', 'capsule', 'other', 'text']) {
    assert.equal((await scene.outcome(`/${what}`)).body, what)
  }
  assert.deepEqual(records, ['number', 'capsule', 'other', 'text'])
})

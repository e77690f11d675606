'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { openApp } = require('../support')

const inline = { inline: true }

test('each inline call has a context of its own', async (t) => {
  const python = openApp(t, 'calls_beside')
  const rename = python.function('calls_beside:rename', inline)
  assert.deepEqual(await Promise.all(['ann', 'bob', 'cy'].map((name) => rename(name))), ['nobody', 'nobody', 'nobody'])
})

test('a task that an inline call makes has the context of the call', async (t) => {
  const python = openApp(t, 'calls_beside')
  const later = python.function('calls_beside:later', inline)
  await Promise.all([later('ann'), later('bob')])
  assert.deepEqual(await python.function('calls_beside:told')(), ['ann', 'bob'])
})

test('inline calls between requests of one turn leave no trace on them, nor these on the calls', async (t) => {
  const python = openApp(t, 'calls_beside')
  const rename = python.function('calls_beside:rename', inline)
  const cancels = python.function('calls_beside:cancels_its_task', inline)
  const ask = async () => (await python.handleRequest({ method: 'GET', url: '/' })).text()
  const answers = await Promise.all([ask(), rename('ann'), ask(), cancels(), ask(), cancels(), rename('bob'), ask()])
  assert.deepEqual(answers, ['nobody', 'nobody', 'nobody', null, 'nobody', null, 'nobody', 'nobody'])
})

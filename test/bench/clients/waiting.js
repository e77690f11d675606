'use strict'

// Has many requests wait at once inside this process, and says what memory they take: node --expose-gc waiting.js
// THREAD, started by rivals.js.

const { setImmediate: turn } = require('node:timers/promises')
const { PythonHandler } = require('../../..')
const { APPS } = require('../apps')
const { HEADERS, serveTasks } = require('../flight')

/** Started first, so that one-time memory is not counted. */
const FIRST = 100

const [thread] = process.argv.slice(2)
const handler = new PythonHandler('waits_for_gate:app', { docroot: APPS, thread, responseTimeout: 0 })

const ask = (url) => handler.handleRequest({ method: 'GET', url, headers: HEADERS })

/** Resolves when that many requests wait. */
async function waitFor(count) {
  while (Number((await ask('/waiting')).body) < count) await turn()
}

/** The resident memory of this process after a garbage collection. */
function residentBytes() {
  globalThis.gc()
  return process.memoryUsage.rss()
}

async function measure({ count }) {
  const waiting = Array.from({ length: FIRST }, () => ask('/wait'))
  await waitFor(FIRST)
  const before = residentBytes()
  for (let number = 0; number < count; number++) waiting.push(ask('/wait'))
  await waitFor(FIRST + count)
  const grown = residentBytes() - before
  await ask('/open')
  for (const { status, body } of await Promise.all(waiting)) {
    if (status !== 200 || body.toString() !== 'gone on') throw new Error(`a wrong answer: ${status} ${body}`)
  }
  return { value: grown / 1024 / count }
}

serveTasks(measure)

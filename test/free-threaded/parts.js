'use strict'

const { filesFor } = require('../matrix/core')
const { testFiles } = require('../runner/checks')

/** Extensions that the tests build themselves do not say that they do without a GIL. */
const LEFT_OUT = 'test/binding.test.js'

/**
 * Test files that assume one event loop, each with the reason: with several they are left out, which is said. What they
 * prove does not depend on how many loops there are.
 */
const OF_ONE_LOOP = new Map([
  ['test/conformance/application.test.js', 'its app counts the calls of one lifespan'],
  ['test/conformance/asyncio.test.js', "its app takes signals, which Python allows on its main thread's loop alone"],
  ['test/conformance/lifespan-modes.test.js', 'its app counts the messages of one lifespan'],
  [
    'test/conformance/lifespan.test.js',
    'requests wait for futures that the lifespan of another loop keeps in a module',
  ],
  ['test/conformance/receive.test.js', 'requests wait for futures that another loop keeps in a module'],
  ['test/conformance/tasks.test.js', 'it lists the tasks of all requests, and each loop has its own'],
  ['test/extensions/log.test.js', 'its app keeps what it logs for one lifespan'],
  ['test/faults/calls.test.js', 'its app calls what a request has left in a module from a request of another loop'],
  ['test/faults/children.test.js', "its app takes signals, which Python allows on its main thread's loop alone"],
  ['test/faults/loop.test.js', 'its app breaks the loop that it runs on, and asks it afterwards'],
  ['test/faults/process-wide.test.js', 'its app counts in globals without a lock'],
  ['test/faults/signals.test.js', "its app takes signals, which Python allows on its main thread's loop alone"],
  ['test/faults/stubborn.test.js', 'its app prints what one lifespan does'],
  ['test/fetch.test.js', 'requests wait for futures that another loop keeps in a module'],
  ['test/frameworks/fastapi.test.js', 'it compares the lifespans of an app with those under one loop of uvicorn'],
  ['test/frameworks/starlette.test.js', 'it compares the lifespans of an app with those under one loop of uvicorn'],
  ['test/handlers.test.js', 'it compares the event loops of handlers, and waits for futures that another loop keeps'],
  ['test/host-throws.test.js', 'requests wait for an asyncio.Event that another loop keeps in a module'],
  ['test/hostile/driving.test.js', 'its app drives the coroutine of another request, which belongs to one loop'],
  ['test/hostile/lifespans.test.js', 'it counts what the lifespan of one loop raises'],
  ['test/serve/python-end.test.js', 'it counts the lifespans of one loop'],
  ['test/websocket/receive.test.js', 'requests wait for an asyncio.Semaphore that another loop keeps in a module'],
])

/** The part of the fuzzer that assumes one loop: a request of its app waits for the tasks of another. */
const FUZZ_OF_ONE_LOOP = 'messages'

const isConformance = (file) => file.startsWith('test/conformance')
const under = (folder, unwanted) => testFiles(folder).filter((file) => unwanted === undefined || !unwanted.test(file))

/** Bad input; those about other servers and many Pythons start them. */
const hostile = () => under('test/hostile', /(proxies|pythons)\.test/)

/**
 * The parts by name. `files(thread)` returns test files; `program(counts, loops)` returns the arguments of a program that
 * prints a summary. `threads` names the drivers that the part is for; without it, both.
 */
const PARTS = {
  core: { files: (thread) => filesFor(thread).filter((file) => !isConformance(file) && file !== LEFT_OUT) },
  conformance: { files: (thread) => filesFor(thread).filter(isConformance) },
  frameworks: { files: () => ['django', 'fastapi', 'starlette'].map((name) => `test/frameworks/${name}.test.js`) },
  hostile: { files: hostile },
  faults: { files: () => under('test/faults', /workers/) },
  loops: {
    threads: ['own'],
    files: () => ['closing', 'gil', 'loops', 'mixed', 'threads'].map((name) => `test/free-threaded/${name}.test.js`),
  },
  soak: {
    threads: ['own'],
    program: ({ requests }) => {
      const handlers = Math.max(10, Math.round(requests / 100))
      return ['--expose-gc', 'test/soak/run.js', '--requests', `${requests}`, '--handlers', `${handlers}`]
    },
  },
  ends: { threads: ['own'], program: ({ rounds }) => ['test/faults/ends.js', `${rounds}`] },
  fuzz: {
    threads: ['own'],
    program: ({ cases }, loops) => {
      const without = loops > 1 ? ['--without', FUZZ_OF_ONE_LOOP] : []
      return ['test/fuzz/run.js', '--seed', '20250', '--cases', `${cases}`, ...without]
    },
  },
}

module.exports = { OF_ONE_LOOP, PARTS }

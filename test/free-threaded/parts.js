'use strict'

const { filesFor } = require('../matrix/core')
const { testFiles } = require('../runner/checks')

/** Extensions that the tests build themselves do not say that they do without a GIL. */
const LEFT_OUT = 'test/binding.test.js'

/**
 * Tests that assume one event loop, by how their titles begin, each with the reason: with several they are left out, which
 * is said. What they prove does not depend on how many loops there are.
 */
const TESTS_OF_ONE_LOOP = new Map([
  ['A2 A3 A9 A10 A18 B14 scopes and events are of the right types', 'it compares the events of one lifespan'],
  ['A8 the application is called once a request, and once for the lifespan', 'it counts the calls of one lifespan'],
  ["A25 the app runs on Python's main thread and may handle signals", 'only one loop runs on the main thread'],
  ['H11 lifespan state is shared, and what a request adds to it is private', 'each loop has a state of its own'],
  ['H11 H12 objects of the lifespan are shared between requests', 'each loop has a state of its own'],
  ['H16 lifespan messages out of order raise, and those in order count', 'it counts the messages of one lifespan'],
  ['a coroutine that an app has kept does nothing when its request is over', 'a coroutine belongs to one loop'],
  ['a request that cancels all tasks fails those in flight', 'each loop has its own tasks'],
  ['a task that waits for those of requests goes on when these are over', 'each loop has its own tasks'],
  ['all handlers of a process share one event loop and one interpreter', 'it compares the loops of two requests'],
  ['the tasks that there are are those of the requests under way', 'each loop has its own tasks'],
  ['an exception of a lifespan between startup and shutdown is', 'it counts what one lifespan raises'],
  ['scope, receive and send of an ended request do nothing in another', 'the other request may run on another loop'],
  ['callbacks scheduled by the garbage collector run', 'the collector runs on the thread of any loop'],
])

/** Test files that assume one event loop, each with the reason. */
const FILES_OF_ONE_LOOP = new Map([
  [
    'test/conformance/lifespan.test.js',
    'requests wait for futures that the lifespan of another loop keeps in a module',
  ],
  ['test/faults/children.test.js', "its app takes signals, which Python allows on its main thread's loop alone"],
  ['test/faults/process-wide.test.js', 'its app counts in globals without a lock'],
  ['test/faults/signals.test.js', "its app takes signals, which Python allows on its main thread's loop alone"],
  ['test/faults/stubborn.test.js', 'its app prints what one lifespan does'],
  ['test/host-throws.test.js', 'requests wait for an asyncio.Event that another loop keeps in a module'],
  ['test/hostile/lifespans.test.js', 'it counts what the lifespan of one loop raises'],
  ['test/serve/python-end.test.js', 'it counts the lifespans of one loop'],
])

/** The part of the fuzzer that assumes one loop: a request of its app waits for the tasks of another. */
const FUZZ_OF_ONE_LOOP = 'messages'

const isConformance = (file) => file.startsWith('test/conformance')
const under = (folder, unwanted) => testFiles(folder).filter((file) => unwanted === undefined || !unwanted.test(file))

/** Bad input; those about other servers and many Pythons start them. */
const hostile = () => under('test/hostile', /(proxies|pythons)\.test/)

/**
 * The parts by name. `files(thread)` returns test files; `program(counts, loops)` returns the arguments of a program that
 * prints a summary. `threads` names the drivers that the part is for; without it, both. `comparesLoops`: it runs once, with
 * one loop and with two.
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
  speed: {
    threads: ['own'],
    comparesLoops: true,
    program: ({ rounds }) => ['test/free-threaded/speed.js', `${rounds}`],
  },
}

module.exports = { FILES_OF_ONE_LOOP, PARTS, TESTS_OF_ONE_LOOP }

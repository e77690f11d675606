'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, mock, test } = require('node:test')
const { withLikeLengths } = require('../frameworks/client')
const { missing, prepare } = require('../frameworks/servers')
const { comparable } = require('./answers')
const { Side, startNode, startUvicorn } = require('./sides')

/**
 * Makes tests that ask an app of Fixtures/grid under uvicorn and under node:http with `listener` and `upgrade`, and
 * compare what comes back: status, headers with their order, body; of WebSockets the handshake, the messages, the end.
 *
 * A step of a test is a request (see `RawClient` of test/frameworks), or `{ websocket: path, protocols, headers, steps,
 * leave }` (see `converse`), or a function that makes one of them from the last answer of the same server, which has
 * `header(name)` and `cookies()` for it. A step says what is expected of uvicorn's answer, so that both do not merely
 * fail alike: `status` (200, or 101 of a WebSocket, when absent), `says` (a text in the body or the messages), `code`
 * (with which a WebSocket was closed), `isComplete` (true when absent). After a request with `failsLate` the next one
 * has a new connection: uvicorn closes one on which the app has raised after a complete response.
 *
 * `{ begin: request, until: text }` sends a request on a connection of its own and waits for no more than the text;
 * `{ leave: true }` closes that connection.
 *
 * A difference that is uvicorn's is exempt by `differs: { part: reason }`, the part `status`, `headers`, `body`,
 * `messages`, `code`, `reason`, `isComplete`, or one header: `'header content-length'`. What is said to differ must
 * differ.
 *
 * @param {object} app
 * @param {string} app.target `'module:attribute'` of Fixtures/grid.
 * @param {string[]} app.modules the Python modules that it needs.
 * @param {object} [app.uvicorn] settings of uvicorn.Config: `{ interface: 'wsgi' }`.
 * @param {object} [app.handler] options of our handler.
 * @param {(text: string) => string} [app.plain] makes random parts of headers, bodies and messages equal.
 * @param {string[]} [app.journal] what the app writes with `journal.note` from start to end under either server: a last
 *   test stops both and looks. Without it nothing is looked for. For one suite of a file at most.
 * @param {Record<string, Array<object | Function>>} tests steps by title.
 */
function compareGrid(app, tests) {
  const lacking = missing(['uvicorn', 'websockets', ...app.modules])
  const skip = lacking !== '' && `.venv lacks ${lacking}: npm test installs what the tests need`
  // A suite, so that each of several in a file has its servers while its own tests run, and no longer.
  describe(`${app.target} ${JSON.stringify(app.handler ?? {})}`, { skip }, () => makeTests(app, tests))
}

function makeTests({ target, uvicorn, handler, plain, journal }, tests) {
  const sides = {}
  const journals = {}

  before(async () => {
    const folder = journalFolder()
    // Python keeps its environment from its start on: the handlers of a process share a journal.
    journals.node = path.join(folder, 'node.txt')
    journals.uvicorn = path.join(folder, `uvicorn-${++count}.txt`)
    // The apps fail on purpose, and the listener says so.
    mock.method(console, 'error', () => {})
    sides.uvicorn = new Side(await startUvicorn(target, uvicorn, journals.uvicorn))
    sides.node = new Side(await startNode(target, handler, journals.node))
  })

  after(async () => {
    for (const side of Object.values(sides)) await side.stop()
    mock.restoreAll()
  })

  for (const [title, steps] of Object.entries(tests)) {
    test(title, async () => {
      for (const side of Object.values(sides)) side.last = null
      for (const [index, step] of steps.entries()) {
        const expected = await sides.uvicorn.take(step).catch(naming(`step ${index + 1} of uvicorn`))
        if (expected === null) {
          await sides.node.take(step)
          continue
        }
        const name = `step ${index + 1}, ${described(expected.request)}`
        assertExpected(name, expected)
        const got = await sides.node.take(step).catch(naming(`${name} of python-node`))
        const [ours, theirs] = withLikeLengths(got.answer, expected.answer)
        assertAlike(name, comparable(ours, plain), comparable(theirs, plain), expected.request.differs)
      }
    })
  }

  if (journal === undefined) return
  test('H3 H8 H9 startup comes first, shutdown runs at close() and is waited for', async () => {
    for (const [name, side] of Object.entries(sides)) {
      await side.stop()
      const lines = fs.readFileSync(journals[name], 'utf8').trimEnd().split('\n')
      assert.deepEqual(lines, journal, name)
    }
  })
}

let folder
let count = 0

/** Makes the folder of journals and the one of files to serve, both until the end of this process. */
function journalFolder() {
  if (folder !== undefined) return folder
  const files = prepare()
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grid-'))
  process.once('exit', () => {
    files.remove()
    fs.rmSync(folder, { recursive: true })
  })
  return folder
}

/** Says where an error comes from. */
function naming(name) {
  return (error) => {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  }
}

function described({ method = 'GET', path, websocket }) {
  return websocket === undefined ? `${method} ${path}` : `WebSocket ${websocket}`
}

/** Looks whether uvicorn answers as the step says. */
function assertExpected(name, { request, answer }) {
  const { status = request.websocket === undefined ? 200 : 101, says = '', isComplete = true } = request
  assert.equal(answer.status, status, `${name}: status of uvicorn; ${answer.body ?? ''}`)
  const said = answer.messages === undefined ? answer.body : answer.messages.join('\n')
  assert.ok(said.includes(says), `${name}: ${says} is not in ${said}`)
  if ('code' in request) assert.equal(answer.code, request.code, `${name}: code of uvicorn's close`)
  if ('isComplete' in answer) assert.equal(answer.isComplete, isComplete, `${name}: completeness of uvicorn's answer`)
}

/** Checks that two answers are equal except for the differences that are expected. */
function assertAlike(name, got, expected, differs = {}) {
  for (const [part, reason] of Object.entries(differs)) {
    assert.ok(reason.length > 10, `${name}: why ${part} differs is not said`)
    assert.notDeepEqual(take(got, part), take(expected, part), `${name}: ${part} is said to differ, and does not`)
  }
  assert.deepEqual(got, expected, name)
}

/** Takes a part out of an answer. */
function take(answer, part) {
  const [, header] = /^header (.+)$/.exec(part) ?? []
  if (header === undefined) {
    const value = answer[part]
    delete answer[part]
    return value
  }
  const isIt = (line) => line.toLowerCase().startsWith(`${header}:`)
  const lines = answer.headers.filter(isIt)
  answer.headers = answer.headers.filter((line) => !isIt(line))
  return lines
}

module.exports = { compareGrid }

'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { after, test } = require('node:test')
const { PythonHandler } = require('../..')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'models')
/** Numbers of a row of network.py. */
const SIZE = 256

/** The Python that runs here. */
const asked = new PythonHandler({ docroot, appTarget: null })
const { executable } = asked.runtime
after(() => asked.close())

/** A handler of the models. */
function openModels(t) {
  const python = new PythonHandler({ docroot, appTarget: null })
  t.after(() => python.close())
  return python
}

/** Why a test is skipped: the modules that the Python which runs here does not have. */
const lacks = (...modules) => {
  const code =
    'import importlib.util, sys\nprint(*[name for name in sys.argv[1:] if importlib.util.find_spec(name) is None])'
  const missing = execFileSync(executable, ['-c', code, ...modules], { encoding: 'utf8' }).trim()
  return missing === '' ? false : `not installed: ${missing}`
}

test('a model of scikit-learn is a function', { skip: lacks('numpy', 'sklearn') }, async (t) => {
  const classify = openModels(t).function('classifier:classify')
  await classify.ready()
  const flowers = await classify(Float32Array.from([0.1, 0, 0, 0, 4, 0.2, 4, 0, 0, 4, 0.3, 4]))
  assert.deepEqual(flowers.map(({ name }) => name), ['daisy', 'rose', 'tulip'])
  for (const { likelihood } of flowers) assert.ok(likelihood > 0.9 && likelihood <= 1, `${likelihood}`)
})

for (const options of [{}, { inline: true }]) {
  const title = `a session of onnxruntime is a function, ${options.inline ? 'on the loop' : 'in threads'}`
  test(title, { skip: lacks('numpy', 'onnxruntime') }, async (t) => {
    const run = openModels(t).function('network:run', options)
    const rows = Float32Array.from({ length: 3 * SIZE }, (_, index) => index)
    const expected = rows.map((_, index) => {
      const row = Math.floor(index / SIZE)
      return Math.max(0, row * SIZE + (SIZE - 1 - (index % SIZE)) - 1)
    })
    const outputs = await Promise.all(Array.from({ length: 8 }, () => run(rows)))
    for (const output of outputs) assert.deepEqual(output, expected)
  })
}

test('a stream of tokens is an async iterator', async (t) => {
  const write = openModels(t).function('tokens:write')
  const tokens = []
  for await (const { index, text } of write('Once upon a time', 5)) tokens.push([index, text])
  assert.deepEqual(tokens, [[0, ' fox'], [1, ' jumps'], [2, ' over'], [3, ' the'], [4, ' lazy']])
})

test(
  'the service returns the same as the functions',
  { skip: lacks('numpy', 'sklearn', 'onnxruntime', 'fastapi') },
  async (t) => {
    const python = new PythonHandler('service:app', { docroot })
    t.after(() => python.close())
    const measurements = [0.1, 0, 0, 0, 4, 0.2, 4, 0]
    const flowers = await python.handleRequest({ method: 'POST', url: '/classify', body: JSON.stringify(measurements) })
    assert.deepEqual(
      await flowers.json(),
      await python.function('classifier:classify')(Float32Array.from(measurements)),
    )
    const rows = new Float32Array(SIZE).fill(3)
    const { body } = await python.handleRequest({ method: 'POST', url: '/run', body: Buffer.from(rows.buffer) })
    assert.deepEqual(new Float32Array(Uint8Array.from(body).buffer), new Float32Array(SIZE).fill(2))
    const answer = await python.handleRequest({ method: 'GET', url: '/write?prompt=ab&count=2' })
    const lines = (await answer.text()).trim().split(
      '\n',
    )
    assert.deepEqual(lines.map((line) => JSON.parse(line).text), [' brown', ' fox'])
  },
)

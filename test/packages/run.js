'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { ending, run } = require('../../js/setup/child-processes')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { findPython } = require('../../js/setup/python')
const { SetupError } = require('../../js/setup/setup-error')
const { provideNodes } = require('../matrix/nodes')
const { withoutPython } = require('../runner/checks')
const { provideAllocator } = require('./allocator')
const { PackageEnvironment } = require('./environment')
const { table } = require('./table')

const USAGE =
  'npm run test:packages -- [--node 20,22] [--package numpy,ssl] [--torch REQUIREMENT] [--preload FILE] [--thread own]'
const script = path.join(__dirname, 'use-package.js')

/** Seconds after which a process that hangs is killed. */
const LIMIT = 120

// Uses popular packages with native code inside Node, each in a process of its own: in Python as a program first, then in
// every Node, with and without a preloaded allocator.
command(async (console) => {
  const { majors, names, torch, preload, thread } = options()
  if (!fs.existsSync(paths.addon)) throw new SetupError('There is no python-node.node to try: npm run build makes it')
  const { python, problem } = await findPython()
  if (python === undefined) throw new SetupError(problem)
  const nodes = await provideNodes(console, python, majors)
  const environment = await PackageEnvironment.provide(console, python, torch)
  const allocator = preload ?? await provideAllocator(console)
  if (allocator === undefined) console.line('There is no jemalloc: nothing is preloaded')

  const versions = await environment.versions()
  const unknown = (names ?? []).filter((name) => !versions.has(name))
  if (unknown.length > 0) throw new SetupError(`The fixtures know no ${unknown.join(', ')}.`, [USAGE])
  const chosen = [...versions.keys()].filter((name) => names === undefined || names.includes(name))
  const settings = [{ title: 'as a program', preload: undefined }]
  for (const node of nodes) {
    settings.push({ title: `Node ${node.version}`, node, preload: undefined })
    if (allocator !== undefined) {
      settings.push({
        title: `${node.version}, ${path.basename(allocator).replace(/^lib|\.so.*$/g, '')}`,
        node,
        preload: allocator,
      })
    }
  }
  const rows = await inOrder(
    chosen.filter((name) => versions.get(name) !== null),
    async (name) => {
      const started = Date.now()
      const outcomes = []
      for (const setting of settings) outcomes.push(await use(environment, name, setting, thread))
      const failed = settings.filter((_, index) => !outcomes[index].isGood).map(({ title }) => title)
      console.outcome(failed.length === 0 ? 'ok' : 'failed', [name, ...failed].join(', '), Date.now() - started)
      return { name, version: versions.get(name), outcomes }
    },
  )
  const absent = chosen.filter((name) => versions.get(name) === null)
  for (const line of ['', ...table(settings.map(({ title }) => title), rows, absent)]) console.line(line)
  process.exitCode = rows.every(({ outcomes }) => outcomes.every(({ isGood }) => isGood)) ? 0 : 1
})

/** Calls a function for each item, as many at once as there are processors; gives the results in the items' order. */
async function inOrder(items, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index])
    }
  }
  await Promise.all(os.cpus().map(worker))
  return results
}

/**
 * Uses a package for a moment.
 *
 * @returns {Promise<import('./table').Outcome>}
 */
async function use(environment, name, { node, preload }, thread) {
  const inProgram = 'import asyncio, sys, uses_packages; asyncio.run(uses_packages.use(sys.argv[1]))'
  const args = node === undefined ? [environment.program, '-c', inProgram, name] : [node.program, script, name]
  const env = { ...withoutPython(), PYTHON_NODE_PYTHON: environment.place, PYTHON_NODE_THREAD: thread }
  env.PYTHONDONTWRITEBYTECODE = '1'
  if (preload !== undefined) env.LD_PRELOAD = preload
  const result = await run('timeout', ['-k', '1', String(LIMIT), ...args], {
    cwd: path.join(paths.root, 'Fixtures', 'packages'),
    env,
  })
  if (result.code === 0) return { isGood: true, problem: '' }
  const last = result.lines.findLast((line) => line.trim() !== '')
  return { isGood: false, problem: `${ending(result)}: ${last ?? 'nothing was said'}` }
}

function options() {
  const { node, package: names, torch, preload, thread = 'own', help } = parsed()
  if (help) throw new SetupError(USAGE)
  return { majors: node?.split(','), names: names?.split(','), torch, preload, thread }
}

function parsed() {
  const text = { type: 'string' }
  const known = { node: text, package: text, torch: text, preload: text, thread: text, help: { type: 'boolean' } }
  try {
    return parseArgs({ options: known }).values
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}

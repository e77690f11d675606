'use strict'

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const { parseArgs } = require('node:util')
const { command } = require('../../js/setup/command')
const paths = require('../../js/setup/paths')
const { findPython } = require('../../js/setup/python')
const { SetupError } = require('../../js/setup/setup-error')
const { provideNodePackages } = require('../runner/node-packages')
const { runCell } = require('./cell')
const { filesFor } = require('./core')
const { provideNodes } = require('./nodes')
const { providePythons } = require('./pythons')
const { tables } = require('./table')

const THREADS = ['own', 'node']
const USAGE =
  'npm run test:matrix -- [--python 3.8,3.13] [--node 18,24] [--thread own,node]; PYTHONS names more Pythons'

// Runs the core of the tests with every Python, every Node and both drivers, on the addon that is built.
command(async (console) => {
  const { pythons: versions, nodes: majors, threads } = options()
  if (!fs.existsSync(paths.addon)) throw new SetupError('There is no python-node.node to try: npm run build makes it')
  const problems = await provideNodePackages(console)
  if (problems.length > 0) throw new SetupError('The matrix cannot run, because something is missing:', problems)
  const { python, problem } = await findPython()
  if (python === undefined) throw new SetupError(problem)
  const nodes = await provideNodes(console, python, majors)
  const pythons = await providePythons(console, versions)

  const addon = checksum()
  console.heading(`${pythons.length} Pythons, ${nodes.length} Nodes, ${threads.join(' and ')}`)
  const cells = []
  for (const thread of threads) {
    for (const python of pythons) {
      for (const node of nodes) cells.push(await one(console, { thread, python, node, files: filesFor(thread) }))
    }
  }
  for (const line of ['', ...tables(cells)]) console.line(line)
  const sum = (name) => cells.reduce((total, { outcome }) => total + outcome[name], 0)
  console.line(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  process.exitCode = sum('failed') === 0 ? 0 : 1
  if (checksum() !== addon) {
    throw new SetupError('python-node.node was replaced meanwhile: the cells are not of one addon')
  }
})

async function one(console, cell) {
  const outcome = await runCell(cell)
  const { passed, failed, skipped, milliseconds } = outcome
  const text = `Python ${cell.python.version}, Node ${cell.node.version}, ${cell.thread}: ` +
    `${passed} passed, ${failed} failed, ${skipped} skipped`
  console.outcome(failed === 0 ? 'ok' : 'failed', text, milliseconds)
  return { ...cell, outcome }
}

function checksum() {
  return createHash('sha256').update(fs.readFileSync(paths.addon)).digest('hex')
}

function options() {
  const { python, node, thread = THREADS.join(','), help } = parsed()
  if (help) throw new SetupError(USAGE)
  const threads = thread.split(',')
  const unknown = threads.filter((name) => !THREADS.includes(name))
  if (unknown.length > 0) throw new SetupError(`There is no driver ${unknown.join(', ')}.`, [USAGE])
  return { pythons: python?.split(','), nodes: node?.split(','), threads }
}

function parsed() {
  const text = { type: 'string' }
  try {
    return parseArgs({ options: { python: text, node: text, thread: text, help: { type: 'boolean' } } }).values
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
}

'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { makeFolder, selfSigned } = require('../support')
const { root } = require('./markdown')

const PRELOAD = path.join(__dirname, 'preload.js')
const STAND_INS = path.join(__dirname, 'stand-ins')

/** Packages that are there, in the repository's own node_modules. */
const PACKAGES = ['connect', 'express', 'ws']

/** Stand-ins for packages that users install: they do as much as the examples need. */
const SHAPES = { fastify: 'fastify.js', hono: 'hono.js', '@hono/node-server': 'hono-node-server.js' }

/** Programs that load a module as the framework does whose file it is. */
const HOSTS = { 'Next.js': 'next.js', SvelteKit: 'sveltekit.js' }

/** Variables that choose a Python: the examples must find their `.venv` without them. */
const FOUND = { PYTHON_NODE_PYTHON: '', VIRTUAL_ENV: '' }

/**
 * Makes a project as in README: a folder with the Python files of all blocks, a `.venv`, the packages of Node
 * and a certificate. It is there until the end of the test.
 *
 * @param {object} t the test.
 * @param {object[]} blocks those of all documents.
 * @param {Record<string, string>} [files] more of them.
 * @returns {string} the folder.
 */
function makeProject(t, blocks, files = {}) {
  const apps = blocks.filter(isApp).map(({ name, text }) => [name, text])
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { ...Object.fromEntries(apps), ...files, 'key.pem': key, 'cert.pem': cert })
  fs.symlinkSync(path.join(root, '.venv'), path.join(folder, '.venv'))
  link(root, folder, 'python-node')
  for (const name of PACKAGES) link(path.join(root, 'node_modules', name), folder, name)
  for (const [name, file] of Object.entries(SHAPES)) {
    const place = path.join(folder, 'node_modules', name)
    fs.mkdirSync(place, { recursive: true })
    fs.copyFileSync(path.join(STAND_INS, file), path.join(place, 'index.js'))
  }
  return folder
}

function link(target, folder, name) {
  const place = path.join(folder, 'node_modules', name)
  fs.mkdirSync(path.dirname(place), { recursive: true })
  fs.symlinkSync(target, place)
}

/** Whether a block is a Python file for the reader, not an excerpt of a file of this repository. */
function isApp({ language, name }) {
  return language === 'python' && name !== null && !name.includes('/')
}

/**
 * Runs a block in JavaScript as a program. It is ended with the test.
 *
 * @param {object} t the test.
 * @param {object} block
 * @param {object[]} blocks all of them.
 * @returns {{ child: object, output: { stdout: string, stderr: string }, port: Promise<number>,
 *   ended: Promise<{ code: number | null, signal: string | null }> }} `port` where it listens instead of on the document's.
 */
function runProgram(t, block, blocks) {
  const { name, text, heading } = block
  const isModule = name.endsWith('.js') && /^(?:import|export) /m.test(text)
  const type = JSON.stringify({ type: isModule ? 'module' : 'commonjs' })
  const folder = makeProject(t, blocks, { [name]: text, 'package.json': type })
  const host = HOSTS[heading] === undefined ? [] : [path.join(STAND_INS, HOSTS[heading])]
  const child = spawn(process.execPath, ['--require', PRELOAD, ...host, path.join(folder, name)], {
    cwd: folder,
    env: { ...process.env, ...FOUND },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (said) => (output.stdout += said))
  child.stderr.setEncoding('utf8').on('data', (said) => (output.stderr += said))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const port = Promise.race([
    once(child, 'message').then(([message]) => message.port),
    ended.then(({ code, signal }) => {
      throw new Error(`${name} ended (${signal ?? code}) and listened nowhere:\n${output.stdout}${output.stderr}`)
    }),
  ])
  // One that only prints has none.
  port.catch(() => {})
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, output, port, ended }
}

module.exports = { FOUND, isApp, makeProject, runProgram }

'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: delay } = require('node:timers/promises')
const { SetupError } = require('./setup-error')
const { root } = require('./paths')

const KILL_AFTER_MS = 3000
const POLL_MS = 20
// The last lines of output, which are enough to show why a tool failed.
const KEPT_LINES = 400

const running = new Set()
let interrupted = false

/** Finds a command on `PATH` as a shell does. Returns its full path, or `undefined`. */
function which(command, searchPath = process.env.PATH ?? '') {
  for (const folder of searchPath.split(path.delimiter)) {
    if (folder === '') continue
    const file = path.join(folder, command)
    if (isExecutable(file)) return file
  }
  return undefined
}

// The error codes of a path without a file that this user may run.
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'])

/** Whether there is a file at this path that this user may run. */
function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch (error) {
    if (NOT_THERE.has(error.code)) return false
    throw error
  }
}

/**
 * Runs a command and collects its output.
 *
 * The command gets a process group of its own, so that an interrupt also ends the compilers that a build has started.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: object, onLine?: (line: string) => void }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null, lines: string[] }>} `lines`: the last lines of
 *   both streams. Rejects with a SetupError if the command cannot be started.
 */
function run(command, args, { cwd = root, env = process.env, onLine = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const lines = []
    const keep = (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      onLine(line)
    }
    const flushes = [child.stdout, child.stderr].map((stream) => eachLine(stream, keep))
    running.add(child)
    child.once('error', (error) => {
      running.delete(child)
      reject(new SetupError(`Cannot start ${command}: ${error.message}`))
    })
    child.once('close', (code, signal) => {
      running.delete(child)
      // After an interrupt the promise stays pending, so that the set-up neither goes on nor reports a failure.
      if (interrupted) return
      for (const flush of flushes) flush()
      resolve({ code, signal, lines })
    })
  })
}

/** Calls `onLine` for each line of a stream. The returned function passes on an unfinished last line. */
function eachLine(stream, onLine) {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text) => {
    // Progress bars end their lines with a carriage return alone.
    const parts = (rest + text).split(/\r\n|\n|\r/)
    rest = parts.pop()
    for (const part of parts) onLine(part)
  })
  return () => {
    if (rest !== '') onLine(rest)
    rest = ''
  }
}

/** Describes how a command ended: `exit code 1`, `signal SIGKILL`. */
function ending({ code, signal }) {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}

/**
 * Interrupts all running commands, and kills them after a grace period. Resolves when their process groups are empty,
 * because a tool may exit before its children do.
 */
async function endAll() {
  interrupted = true
  const groups = [...running].map((child) => child.pid)
  const deadline = Date.now() + KILL_AFTER_MS
  for (const group of groups) signalGroup(group, 'SIGINT')
  for (;;) {
    // Signal 0 only checks whether the group still has processes.
    const signal = Date.now() > deadline ? 'SIGKILL' : 0
    const left = groups.filter((group) => signalGroup(group, signal))
    if (left.length === 0) return
    await delay(POLL_MS)
  }
}

/** Sends a signal to a process group. Returns whether the group exists. */
function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal)
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

module.exports = { run, which, isExecutable, ending, endAll }

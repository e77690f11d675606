'use strict'

/** An error that the user of the command can fix. It is shown as text, without a stack trace. */
class ServeFailure extends Error {
  /**
   * @param {string} message the problem and how to fix it, in one line.
   * @param {{ details?: string[], exitCode?: number, code?: string, cause?: Error, phase?: 'startup' | 'shutdown' |
   *   null, exception?: { type: string, message: string } | null }} [options] `details`: further lines, such as the
   *   app's traceback; `exitCode`: default 1, and 2 for wrong usage; `code`: the system's if it cannot listen, or that
   *   of the app's error, default `ERR_SERVE_USAGE` for wrong usage, else `ERR_SERVE_FAILED`; `cause`: the original
   *   error; `phase`: the part of the app's lifespan that failed; `exception`: the app's exception, if `details` is its
   *   traceback.
   */
  constructor(message, { details = [], exitCode = 1, code, cause, phase = null, exception = null } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ServeFailure'
    this.details = details
    this.exitCode = exitCode
    this.code = code ?? (exitCode === 2 ? 'ERR_SERVE_USAGE' : 'ERR_SERVE_FAILED')
    this.phase = phase
    this.exception = exception
  }

  /** The data to recreate the failure in another thread or process: see `revived`. */
  plain() {
    const { message, details, exitCode, code, phase, exception } = this
    return { message, details, exitCode, code, phase, exception }
  }

  /** Recreates a failure from the data of `plain`. */
  static revived({ message, ...options }) {
    return new ServeFailure(message, options)
  }
}

/** Matches a frame of Python's import system. The next line is its source. */
const IMPORT_FRAME = /^ {2}File "(?:<frozen importlib\.|.*[\\/]importlib[\\/]__init__\.py")/

/** The margin of the lines of an exception group's members. */
const GROUP_MARGIN = /^[ |]*[|+] ?/

/** By the name of a permission in Node's permission model: what it protects, and the option that allows it. */
const PERMISSIONS = {
  ChildProcess: ['processes', '--allow-child-process'],
  FileSystemRead: ['to read', '--allow-fs-read'],
  FileSystemWrite: ['to write', '--allow-fs-write'],
  Net: ['connections', '--allow-net'],
  WorkerThreads: ['threads', '--allow-worker'],
}

/**
 * Converts an error of this package. The app's exceptions have their traceback, without frames of the import system.
 * Any other error is a bug and has its stack.
 *
 * @param {Error} error
 * @param {'startup' | 'shutdown'} [phase] of the app, default `startup`.
 * @returns {ServeFailure}
 */
function failureOf(error, phase = 'startup') {
  if (error instanceof ServeFailure) return error
  if (error.code === 'ERR_ACCESS_DENIED' && Object.hasOwn(PERMISSIONS, error.permission)) {
    const [what, option] = PERMISSIONS[error.permission]
    const which = [what, error.resource].filter(Boolean).join(' ')
    return new ServeFailure(`Node's permission model forbids ${which}: start Node with ${option} as well`, {
      code: error.code,
      cause: error,
    })
  }
  if (!String(error.code).startsWith('ERR_ASGI_') || error.code === 'ERR_ASGI_INTERNAL') {
    return new ServeFailure(`Unexpected error, please report it as a bug of python-node: ${error.message}`, {
      details: String(error.stack).split('\n'),
      code: error.code,
      cause: error,
    })
  }
  if (error.code === 'ERR_ASGI_LIFESPAN') return reportedFailure(error, phase)
  const [message] = error.message.split('\n', 1)
  const isPython = error.code === 'ERR_ASGI_PYTHON' && typeof error.pythonTraceback === 'string'
  const raised = isPython ? { ...raisedBy(error), phase } : {}
  return new ServeFailure(message, { ...raised, code: error.code, cause: error })
}

/**
 * The details of a failure caused by a Python exception.
 *
 * @param {Error} error `ERR_ASGI_PYTHON`.
 * @returns {{ details: string[], exception: { type: string, message: string } }}
 */
function raisedBy({ message, pythonType: type, pythonTraceback }) {
  const text = message.replace(`Python error: ${type}: `, '')
  return { details: tracebackLines(pythonTraceback), exception: { type, message: text } }
}

/** Converts a failure that the app reported in a lifespan message, which with many frameworks is a traceback. */
function reportedFailure(error, phase) {
  const { message: text, code } = error
  const lines = text.trimEnd().split('\n')
  const last = exceptionIn(lines)
  if (last !== undefined) {
    const [, type, message] = /^([^:]*)(?:: )?(.*)/.exec(last)
    const details = tracebackLines(text)
    const options = { details, code, cause: error, phase, exception: { type, message } }
    return new ServeFailure(`Application ${phase} failed: ${last}`, options)
  }
  const [message = '', ...details] = lines.slice(lines.findIndex((line) => line !== ''))
  return new ServeFailure(message || `Application ${phase} failed`, { details, code, cause: error, phase })
}

/** Finds the line of a traceback with the exception: after the last frame, or that of a group's last member. */
function exceptionIn(lines) {
  const plain = lines.map((line) => line.replace(GROUP_MARGIN, ''))
  const frame = plain.findLastIndex((line) => line.startsWith('  File "'))
  return frame === -1 ? undefined : plain.slice(frame + 1).find((line) => /^\S/.test(line))
}

/**
 * Splits a Python traceback into lines, without the frames of the import system.
 *
 * @param {string} traceback
 * @returns {string[]}
 */
function tracebackLines(traceback) {
  let isImport = false
  return traceback.trimEnd().split('\n').filter((line) => {
    if (/^ {2}File "/.test(line)) isImport = IMPORT_FRAME.test(line)
    else if (!line.startsWith('    ')) isImport = false
    return !isImport
  })
}

module.exports = { ServeFailure, failureOf, raisedBy, tracebackLines }

'use strict'

/** A command that cannot go on, for a reason its user can mend: told as text, never with a stack trace of ours. */
class ServeFailure extends Error {
  /**
   * @param {string} message what is wrong and how to mend it, in one line.
   * @param {{ details?: string[], exitCode?: number, code?: string, cause?: Error, phase?: 'startup' | 'shutdown' | null,
   *   exception?: { type: string, message: string } | null }} [options] `details`: lines that belong to it, as the
   *   app's own traceback; `exitCode`: what the process ends with, default 1, and 2 for wrong usage; `code`: the system's,
   *   where nothing can listen, or that of the error of the app; default `ERR_SERVE_USAGE` for wrong usage, else
   *   `ERR_SERVE_FAILED`; `cause`: the error that it was made of; `phase`: what of the app has failed; `exception`: the type
   *   and the message of what was raised, where `details` is its traceback.
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

  /** What another thread or process needs to make the same failure: see `revived`. */
  plain() {
    const { message, details, exitCode, code, phase, exception } = this
    return { message, details, exitCode, code, phase, exception }
  }

  /** Makes a failure again of what `plain` gives. */
  static revived({ message, ...options }) {
    return new ServeFailure(message, options)
  }
}

/** What a frame of Python's import machinery looks like; the line of source below it belongs to it. */
const IMPORT_FRAME = /^ {2}File "(?:<frozen importlib\.|.*[\\/]importlib[\\/]__init__\.py")/

/** What an exception group puts before the lines of its parts. */
const GROUP_MARGIN = /^[ |]*[|+] ?/

/** What the permission model of Node calls what it forbids, and the option that allows it. */
const PERMISSIONS = {
  ChildProcess: ['processes', '--allow-child-process'],
  FileSystemRead: ['to read', '--allow-fs-read'],
  FileSystemWrite: ['to write', '--allow-fs-write'],
  Net: ['connections', '--allow-net'],
  WorkerThreads: ['threads', '--allow-worker'],
}

/**
 * Makes a failure of an error of this package. What the app raised comes with its traceback, without the frames of the
 * import. Anything else is a defect, and comes with its stack.
 *
 * @param {Error} error
 * @param {'startup' | 'shutdown'} [phase] of the app, when it has failed; default `startup`.
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
    return new ServeFailure(`Unexpected: ${error.message}`, {
      details: String(error.stack).split('\n'),
      code: error.code,
      cause: error,
    })
  }
  if (error.code === 'ERR_ASGI_LIFESPAN') return toldFailure(error, phase)
  const [message] = error.message.split('\n', 1)
  const isPython = error.code === 'ERR_ASGI_PYTHON' && typeof error.pythonTraceback === 'string'
  const raised = isPython ? { ...raisedBy(error), phase } : {}
  return new ServeFailure(message, { ...raised, code: error.code, cause: error })
}

/**
 * Gives what a failure has of an exception of Python.
 *
 * @param {Error} error `ERR_ASGI_PYTHON`.
 * @returns {{ details: string[], exception: { type: string, message: string } }}
 */
function raisedBy({ message, pythonType: type, pythonTraceback }) {
  const text = message.replace(`Python error: ${type}: `, '')
  return { details: tracebackLines(pythonTraceback), exception: { type, message: text } }
}

/** Makes a failure of what an app says of its own: many frameworks say a whole traceback. */
function toldFailure(error, phase) {
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

/** Gives the line of a traceback that names the exception: the one below the last frame, of a group that of its last part. */
function exceptionIn(lines) {
  const plain = lines.map((line) => line.replace(GROUP_MARGIN, ''))
  const frame = plain.findLastIndex((line) => line.startsWith('  File "'))
  return frame === -1 ? undefined : plain.slice(frame + 1).find((line) => /^\S/.test(line))
}

/**
 * Gives the lines of a Python traceback without the frames of the import machinery.
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

'use strict'

/** A command that cannot go on, for a reason its user can mend: told as text, never with a stack trace of ours. */
class ServeFailure extends Error {
  /**
   * @param {string} message what is wrong and how to mend it, in one line.
   * @param {{ details?: string[], exitCode?: number, code?: string }} [options] `details`: lines that belong to it, as the
   *   app's own traceback; `exitCode`: what the process ends with, default 1, and 2 for wrong usage; `code`: the system's,
   *   where nothing can listen.
   */
  constructor(message, { details = [], exitCode = 1, code } = {}) {
    super(message)
    this.name = 'ServeFailure'
    this.details = details
    this.exitCode = exitCode
    this.code = code
  }
}

/** What a frame of Python's import machinery looks like; the line of source below it belongs to it. */
const IMPORT_FRAME = /^ {2}File "(?:<frozen importlib\.|.*[\\/]importlib[\\/]__init__\.py")/

/**
 * Makes a failure of an error of this package. What the app raised comes with its traceback, without the frames of the
 * import. Anything else is a defect, and comes with its stack.
 *
 * @param {Error} error
 * @returns {ServeFailure}
 */
function failureOf(error) {
  if (error instanceof ServeFailure) return error
  if (!String(error.code).startsWith('ERR_ASGI_') || error.code === 'ERR_ASGI_INTERNAL') {
    return new ServeFailure(`Unexpected: ${error.message}`, { details: String(error.stack).split('\n') })
  }
  const [message] = error.message.split('\n', 1)
  const isPython = error.code === 'ERR_ASGI_PYTHON' && typeof error.pythonTraceback === 'string'
  return new ServeFailure(message, { details: isPython ? tracebackLines(error.pythonTraceback) : [] })
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

module.exports = { ServeFailure, failureOf, tracebackLines }

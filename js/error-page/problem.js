'use strict'

const { core } = require('../binding')
const { ServeFailure } = require('../serve/failure')

const { AsgiError, kFrames } = core.errors

/** Limits the chain of causes, which may be circular. */
const MAX_CAUSES = 50

/**
 * Converts an error to what the page shows.
 *
 * @param {any} error an AsgiError, a ServeFailure, or any thrown value.
 * @returns {{ type: string, message: string, traceback: string | null, frames: object[], causes: object[] }} `frames`, the
 *   innermost first: `{ name, file, line, column, first, lines, variables, isOwn }`; `causes` have the same form.
 */
function problemOf(error) {
  const own = plainProblem(error)
  const causes = []
  // A ServeFailure repeats its cause.
  let cause = error instanceof ServeFailure ? error.cause?.cause : error?.cause
  while (cause instanceof AsgiError && causes.length < MAX_CAUSES) {
    causes.push(plainProblem(cause))
    cause = cause.cause
  }
  return { ...own, causes }
}

function plainProblem(error) {
  if (error instanceof ServeFailure) return problemOfFailure(error)
  if (error instanceof AsgiError && typeof error.pythonType === 'string') {
    const { pythonType: type, pythonTraceback: traceback } = error
    return { type, message: error.message.replace(`Python error: ${type}: `, ''), traceback, frames: framesOf(error) }
  }
  if (error instanceof AsgiError) return { type: error.code, message: error.message, traceback: null, frames: [] }
  if (!(error instanceof Error)) return { type: 'Error', message: String(error), traceback: null, frames: [] }
  return { type: error.name, message: error.message, traceback: String(error.stack), frames: [] }
}

/** The problem of an app that did not start: its exception, or else the failure's message. */
function problemOfFailure({ message, details, exception, cause }) {
  const { type, message: text } = exception ?? { type: 'The app did not start', message }
  const traceback = details.length === 0 ? null : [...(exception === null ? [message, ''] : []), ...details].join('\n')
  return { type, message: text, traceback, frames: cause instanceof AsgiError ? framesOf(cause) : [] }
}

function framesOf(error) {
  return (error[kFrames] ?? []).map(
    ([name, file, line, column, first, lines = [], variables = null, isOwn = false]) => {
      return { name, file, line, column, first, lines, variables, isOwn }
    },
  )
}

module.exports = { problemOf }

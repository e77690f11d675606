'use strict'

/**
 * A set-up that cannot go on for a reason its user can mend. It is printed as text, without a stack trace: whoever
 * reads it needs to know what is missing, not where this project noticed.
 */
class SetupError extends Error {
  /**
   * @param {string} message what was wrong, in one line
   * @param {string[]} [details] one line each: everything that is missing, or the end of a tool's output
   */
  constructor(message, details = []) {
    super(message)
    this.name = 'SetupError'
    this.details = details
  }
}

module.exports = { SetupError }

'use strict'

/**
 * A problem with the set-up that the user can solve. It is printed as text, without a stack.
 */
class SetupError extends Error {
  /**
   * @param {string} message the problem and what to do, in one line.
   * @param {string[]} [details] further lines: all that is missing, or the end of a tool's output.
   */
  constructor(message, details = []) {
    super(message)
    this.name = 'SetupError'
    this.details = details
  }
}

module.exports = { SetupError }

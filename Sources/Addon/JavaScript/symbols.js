// Names of what is not for programs: of handlers, and of requests that the package makes.
'use strict'

module.exports = Object.freeze({
  /** A handler's Application. */
  application: Symbol('application'),
  flat: Symbol('flat headers'),
  attach: Symbol('attach'),
  bodyOpen: Symbol('body open'),
  target: Symbol('target'),
})

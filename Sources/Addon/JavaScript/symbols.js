// Keys of internal properties of handlers and requests.
'use strict'

module.exports = Object.freeze({
  /** A handler's Application. */
  application: Symbol('application'),
  flat: Symbol('flat headers'),
  attach: Symbol('attach'),
  bodyOpen: Symbol('body open'),
  target: Symbol('target'),
})

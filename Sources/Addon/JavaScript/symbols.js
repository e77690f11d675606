// What the core asks of requests that the package makes: names that no other object has.
'use strict'

module.exports = Object.freeze({
  flat: Symbol('flat headers'),
  attach: Symbol('attach'),
  bodyOpen: Symbol('body open'),
  target: Symbol('target'),
})

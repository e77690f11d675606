'use strict'

const { open, settled } = require('./world')

/** A part of the fuzzer with one app, which is there from `open` to `close`. */
class OneApp {
  /** Of the app. */
  handler

  /** @param {string} target the app's name, of Fixtures/fuzz. */
  constructor(target) {
    this.handler = open(target)
  }

  async open() {
    await this.handler.ready()
  }

  async close() {
    await settled([this.handler])
    await this.handler.close()
  }
}

module.exports = { OneApp }

// The applications of this thread, and their errors and log records that belong to no request.
'use strict'

const { owned } = require('./checks')
const { fromDescription } = require('./errors')

class Applications {
  #byNumber = new Map()

  constructor() {
    // Requests still in flight when the event loop is empty were all aborted, so there is nothing to wait for.
    process.on('beforeExit', () => {
      for (const application of this.#byNumber.values()) {
        if (application.closesAtEnd && !application.isClosing) {
          application.close({ timeout: 0 }).catch((error) => application.report(error))
        }
      }
    })
  }

  /** How many are not closed. */
  get live() {
    return this.#byNumber.size
  }

  add(application) {
    this.#byNumber.set(application.number, application)
  }

  remove(application) {
    this.#byNumber.delete(application.number)
  }

  /** Handles an application's error in background work, or its log record. */
  notice(number, exchange, json) {
    const { log, ...error } = owned(JSON.parse(json))
    const application = this.#byNumber.get(number)
    if (log === undefined) {
      application?.report(fromDescription(error))
      return
    }
    if (exchange !== null && exchange !== undefined) {
      exchange.log = `${exchange.log ?? ''}${log.level}:${log.logger}:${log.message}\n`
    }
    // A record that belongs to no application is emitted by all.
    if (application !== undefined) application.logged(log)
    else for (const each of this.#byNumber.values()) each.logged(log)
  }
}

module.exports = new Applications()

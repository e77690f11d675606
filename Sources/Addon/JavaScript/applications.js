// The applications of this thread, and what they tell beside answers to requests.
'use strict'

const { owned } = require('./checks')
const { fromDescription } = require('./errors')

class Applications {
  #byNumber = new Map()

  constructor() {
    // What is under way at an orderly end of the process was given up by everybody: an application that does not notice is
    // not waited for.
    process.on('beforeExit', () => {
      for (const application of this.#byNumber.values()) {
        if (application.closesAtEnd && !application.isClosing) {
          application.close({ timeout: 0 }).catch((error) => application.report(error))
        }
      }
    })
  }

  /** How many have not ended. */
  get live() {
    return this.#byNumber.size
  }

  add(application) {
    this.#byNumber.set(application.number, application)
  }

  remove(application) {
    this.#byNumber.delete(application.number)
  }

  /** Passes on what an application tells: an error of background work, or a log record. */
  event(number, exchange, json) {
    const { log, ...error } = owned(JSON.parse(json))
    const application = this.#byNumber.get(number)
    if (log === undefined) {
      application?.report(fromDescription(error))
      return
    }
    if (exchange !== null && exchange !== undefined) {
      exchange.log = `${exchange.log ?? ''}${log.level}:${log.logger}:${log.message}\n`
    }
    // A record that belongs to no request is everybody's.
    if (application !== undefined) application.logged(log)
    else for (const each of this.#byNumber.values()) each.logged(log)
  }
}

module.exports = new Applications()

'use strict'

const support = require('../support')

/** Opens model, and functions that read its notes. */
function openModel(t, options) {
  const python = support.openApp(t, 'model', options)
  const told = python.function('model:told', { inline: true })
  /** Asks again until something has happened. */
  const until = async (wanted) => {
    const events = []
    await support.until(async () => {
      events.push(...await told())
      return events.includes(wanted)
    }, `the event ${wanted}`)
    return events
  }
  return { python, told, until }
}

module.exports = { openModel }

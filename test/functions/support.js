'use strict'

const { openApp } = require('../support')

/** Opens model, and functions that read its notes. */
function openModel(t, options) {
  const python = openApp(t, 'model', options)
  const told = python.function('model:told', { inline: true })
  /** Asks again until something has happened. */
  const until = async (wanted) => {
    for (const events = [];;) {
      events.push(...await told())
      if (events.includes(wanted)) return events
    }
  }
  return { python, told, until }
}

module.exports = { openModel }

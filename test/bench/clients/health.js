'use strict'

// Asks for the health path, each time on a new connection, while the app of blocks_loop.py keeps Python's thread busy.
// Started by rivals.js.

const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: delay } = require('node:timers/promises')
const { serveTasks } = require('../flight')
const { Times } = require('../times')

/** ms from one request to the next. */
const PAUSE = 2
/** ms after which Python's thread certainly computes. */
const BEGINNING = 50

function ask(url, target) {
  return new Promise((resolve, reject) => {
    http.get(url + target, { agent: false }, (response) => {
      response.resume().on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`a wrong answer: ${response.statusCode}`))
      })
    }).on('error', reject)
  })
}

async function measure({ url, milliseconds }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-health-'))
  const file = path.join(folder, 'go-on')
  try {
    const busy = ask(url, `/block?${file}`)
    await delay(BEGINNING)
    const times = new Times()
    const end = performance.now() + milliseconds
    while (performance.now() < end) {
      const start = performance.now()
      await ask(url, '/health')
      times.add(performance.now() - start)
      await delay(PAUSE)
    }
    fs.writeFileSync(file, '')
    await busy
    return { value: times.percentile(0.99) }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

serveTasks(measure)

'use strict'

// Moves large bodies inside this process: node in-process-streams.js THREAD, started by rivals.js.

const { PythonHandler, Request } = require('../../..')
const { APPS } = require('../apps')
const { pathOf, pauses } = require('../bodies')
const { HEADERS, keepMoving, serveTasks } = require('../flight')

const [thread] = process.argv.slice(2)
const handler = new PythonHandler('large_bodies:app', { docroot: APPS, thread })
const CHUNK = Buffer.alloc(65536)

const ways = {
  /** Reads chunk by chunk. */
  download({ isSlow = false, ...task }) {
    return keepMoving(async () => {
      const response = await handler.handleStream({ method: 'GET', url: pathOf('download', task), headers: HEADERS })
      const pause = pauses(isSlow)
      let length = 0
      for await (const chunk of response) {
        length += chunk.length
        await pause(chunk.length)
      }
      if (response.status !== 200 || length !== task.bytes) throw new Error(`a wrong answer: ${length} bytes`)
    }, task)
  },

  /** Writes chunk by chunk. */
  upload({ isSlow = false, ...task }) {
    return keepMoving(async () => {
      const request = new Request(upload(task.bytes, isSlow))
      const answer = handler.handleStream(request)
      for (let left = task.bytes; left > 0; left -= CHUNK.length) await request.write(CHUNK)
      await request.end()
      const response = await answer
      let text = ''
      for await (const chunk of response) text += chunk
      expectCount(text, task.bytes)
    }, task)
  },

  /** Hands the whole body over with the request. */
  whole(task) {
    const body = Buffer.alloc(task.bytes)
    return keepMoving(async () => {
      const response = await handler.handleRequest({ ...upload(task.bytes, false), body })
      expectCount(response.body.toString(), task.bytes)
    }, task)
  },
}

function upload(bytes, isSlow) {
  const headers = { ...HEADERS, 'content-length': String(bytes) }
  return { method: 'POST', url: pathOf('upload', { isSlow }), headers }
}

function expectCount(text, bytes) {
  if (Number(text) !== bytes) throw new Error(`a wrong answer: ${text} of ${bytes} bytes were read`)
}

serveTasks(({ way, ...task }) => ways[way](task))

'use strict'

const { EventEmitter, once } = require('node:events')

/** Options of undici's dispatch. */
const GET = { origin: 'http://python.internal', path: '/', method: 'GET' }
const POST = { ...GET, method: 'POST' }

/** Notes the calls of a handler; `over` resolves at the end. `more` replaces callbacks of a kind. */
class Notes extends EventEmitter {
  calls = []
  chunks = []

  constructor() {
    super()
    this.over = once(this, 'over').then(([error]) => error)
  }

  get body() {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  note(name, ...args) {
    this.calls.push(name)
    this[name] = args
    this.emit(name)
  }
}

/** The older kind of handler: undici 5 and 6, and the fetch of every Node so far. */
function older(more = {}) {
  const notes = new Notes()
  notes.handler = {
    onConnect(abort) {
      notes.abort = abort
      notes.note('start')
    },
    onHeaders(status, raw, resume, text) {
      notes.resume = resume
      notes.raw = raw
      notes.note('head', status, text)
      return more.onHead?.(notes)
    },
    onData(chunk) {
      notes.chunks.push(chunk)
      notes.note('data')
      return more.onData?.(notes)
    },
    onComplete(trailers) {
      notes.note('end', trailers)
      notes.emit('over', null)
    },
    onError(error) {
      notes.note('failed', error)
      notes.emit('over', error)
    },
    onUpgrade() {
      notes.note('upgrade')
    },
    onBodySent(chunk) {
      notes.note('sent', chunk)
    },
  }
  return notes
}

/** The newer kind: undici 7. */
function newer(more = {}) {
  const notes = new Notes()
  // The older kind pauses by its answer.
  const pauseUnless = (answer) => answer === false && notes.controller.pause()
  notes.handler = {
    onRequestStart(controller) {
      notes.controller = controller
      notes.abort = (reason) => controller.abort(reason)
      notes.resume = () => controller.resume()
      notes.note('start')
    },
    onResponseStart(controller, status, headers, text) {
      notes.raw = controller.rawHeaders
      notes.headers = headers
      notes.note('head', status, text)
      pauseUnless(more.onHead?.(notes))
    },
    onResponseData(_controller, chunk) {
      notes.chunks.push(chunk)
      notes.note('data')
      pauseUnless(more.onData?.(notes))
    },
    onResponseEnd(controller, trailers) {
      notes.trailers = trailers
      notes.note('end', controller.rawTrailers)
      notes.emit('over', null)
    },
    onResponseError(_controller, error) {
      notes.note('failed', error)
      notes.emit('over', error)
    },
    onBodySent(chunk) {
      notes.note('sent', chunk)
    },
  }
  return notes
}

/** Dispatches and gives the notes of the whole exchange. */
async function whole(dispatcher, options, make = older) {
  const notes = make()
  dispatcher.dispatch(options, notes.handler)
  await notes.over
  return notes
}

module.exports = { GET, POST, newer, older, whole }

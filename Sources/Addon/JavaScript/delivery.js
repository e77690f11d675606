// Applies each answer to its exchange.
'use strict'

const {
  answer_start: START,
  answer_body: CHUNK,
  answer_end: END,
  answer_fail: FAIL,
  answer_finished: FINISHED,
  answer_credit: CREDIT,
  answer_interim: INTERIM,
  answer_file: FILE,
  answer_accept: ACCEPT,
  answer_message: MESSAGE,
  answer_close: CLOSE,
  answer_flag_end: IS_END,
  answer_flag_finished: IS_FINISHED,
  answer_flag_text: IS_TEXT,
} = require('native').records
const { create, fromJSON } = require('./errors')
const { FileReader } = require('./files')
const { NO_HEAD } = require('./heads')
const slots = require('./slots')
const { ENDED, OPEN, STARTED } = require('./states')

/** Delivers an answer to its exchange. If a callback throws, only this exchange fails. */
function deliver(answer) {
  const { kind, slot } = answer
  const exchange = slots.exchanges[slot]
  try {
    if (kind !== FINISHED) apply(exchange, answer)
  } catch (error) {
    exchange.broken(error)
  }
  if (kind === FINISHED || (answer.flags & IS_FINISHED) !== 0) finished(slot, exchange)
}

function apply(exchange, { kind, flags, number, head, body, response }) {
  const isEnd = (flags & IS_END) !== 0
  const isOver = exchange.state === ENDED
  switch (kind) {
    case START:
      if (!isOver) started(exchange, number, head, body, isEnd)
      break
    case CHUNK:
      chunk(exchange, body, isEnd)
      break
    case END:
      ended(exchange, head)
      break
    case FAIL: {
      const error = fromJSON(body.toString())
      if (isEnd && response !== null && !isOver) raisedAgain(exchange, response, error)
      else if (isEnd) raisedLate(exchange, error)
      else if (!isOver) failed(exchange, error)
      // The application raised it before it noticed that the client had disconnected.
      else if (error.code === 'ERR_ASGI_PYTHON') exchange.application.report(error)
      break
    }
    case CREDIT:
      credit(exchange, number)
      break
    case INTERIM:
      if (!isOver) exchange.onInformation(number, head)
      break
    case FILE:
      file(exchange, body, isEnd)
      break
    case ACCEPT:
      if (exchange.state !== OPEN) break
      exchange.deadlines.remove(exchange)
      exchange.observer?.accepted()
      exchange.accept(body.latin1Slice(), head)
      break
    case MESSAGE:
      if (isOver) break
      exchange.application.statistics.bytesOut += body.length
      exchange.onMessage(body, (flags & IS_TEXT) !== 0)
      break
    case CLOSE:
      if (isOver) break
      exchange.deadlines.remove(exchange)
      exchange.application.settle(exchange)
      exchange.close()
      exchange.observer?.closed(number)
      exchange.onClose(number, body.toString())
      break
    default:
      throw create('ERR_ASGI_INTERNAL', `Internal error, please report it: unknown answer kind ${kind}`)
  }
}

function started(exchange, status, head, body, isEnd) {
  begin(exchange, status, body)
  if (isEnd) {
    exchange.application.settle(exchange)
    try {
      exchange.onComplete(status, head, body)
    } finally {
      if (exchange.state !== ENDED) exchange.close()
    }
    exchange.observer?.ended()
    drainWriter(exchange)
    return
  }
  exchange.onStart(status, head)
  if (body.length > 0 && exchange.state !== ENDED) exchange.onData(body)
}

function begin(exchange, status, body) {
  exchange.application.statistics.bytesOut += body.length
  exchange.deadlines.remove(exchange)
  exchange.observer?.started(status)
  exchange.state = STARTED
}

/** The application sent an error response and then raised the exception that it was for. */
function raisedAgain(exchange, { number: status, head, body }, error) {
  begin(exchange, status, body)
  exchange.application.statistics.errors++
  exchange.exception = error
  exchange.observer?.failed(error)
  exchange.application.settle(exchange)
  try {
    exchange.onErrorResponse(status, head, body, error)
  } finally {
    if (exchange.state !== ENDED) exchange.close()
  }
  drainWriter(exchange)
}

/** The application raised after the end of its response. */
function raisedLate(exchange, error) {
  if (!exchange.isGivenUp) exchange.application.statistics.errors++
  exchange.exception = error
  exchange.application.report(error)
}

function chunk(exchange, body, isEnd) {
  if (exchange.state === ENDED) return
  if (exchange.reading !== null) return exchange.reading.later(() => chunk(exchange, body, isEnd))
  exchange.application.statistics.bytesOut += body.length
  if (body.length > 0) exchange.onData(body)
  if (isEnd) ended(exchange, NO_HEAD)
}

/** Continues the body with a file. Answers that arrive while it is read wait. */
function file(exchange, description, isEnd) {
  if (exchange.reading !== null) {
    return exchange.reading.later(() => file(exchange, description, isEnd))
  }
  const reader = new FileReader(exchange, description)
  if (exchange.state === ENDED) return reader.cancel()
  exchange.reading = reader
  reader.later(() => {
    if (isEnd) ended(exchange, NO_HEAD)
  })
  reader.start((error) => unreadable(exchange, error))
}

/** A file cannot be sent to its end. The application, which may wait until it is, receives a disconnect. */
function unreadable(exchange, error) {
  if (exchange.state === ENDED) return
  exchange.application.statistics.errors++
  exchange.observer?.failed(error)
  exchange.abort()
  exchange.onFail(error)
  drainWriter(exchange)
}

function ended(exchange, trailers) {
  if (exchange.state === ENDED) return
  if (exchange.reading !== null) return exchange.reading.later(() => ended(exchange, trailers))
  exchange.application.settle(exchange)
  exchange.close()
  exchange.observer?.ended()
  exchange.onEnd(trailers)
  drainWriter(exchange)
}

function failed(exchange, error) {
  if (exchange.state === ENDED) return
  if (exchange.reading !== null) return exchange.reading.later(() => failed(exchange, error))
  exchange.application.statistics.errors++
  exchange.deadlines.remove(exchange)
  exchange.application.settle(exchange)
  exchange.close()
  exchange.observer?.failed(error)
  exchange.onFail(error)
  drainWriter(exchange)
}

/** Like `failed`, for callers outside `deliver`: handles an error of the exchange's callbacks. */
function failedAlone(exchange, error) {
  try {
    failed(exchange, error)
  } catch (second) {
    exchange.broken(second)
  }
}

/** Unblocks a writer of the request's body. After the response the rest of the body is discarded. */
function drainWriter(exchange) {
  if (!exchange.blocked) return
  exchange.blocked = false
  exchange.onDrain()
}

function credit(exchange, bytes) {
  if (exchange.state === ENDED) return
  exchange.uploaded(bytes)
  if (bytes === 0) exchange.onContinue()
  if (exchange.blocked && !exchange.isFull) drainWriter(exchange)
}

function finished(slot, exchange) {
  if (!exchange.isGivenUp) slots.unref()
  exchange.window?.narrow()
  exchange.submissions.live--
  slots.release(slot)
  exchange.onReturn()
}

/** Fails an exchange whose application is informed with an abort command. */
function fail(exchange, error) {
  if (exchange.state === ENDED) return
  exchange.isGivenUp = true
  slots.unref()
  failedAlone(exchange, error)
  slots.applyRef()
}

/** Fails an exchange that was never submitted, and frees its slot. */
function finish(exchange, error) {
  const slot = exchange.slot
  failedAlone(exchange, error)
  finished(slot, exchange)
  slots.applyRef()
}

module.exports = { deliver, fail, finish }

// The way back: answers come in batches, one string and one array of numbers each, and are cut here.
;(function (core, native) {
  'use strict'

  // Answers and their flags, as Records.swift has them.
  const START = 1
  const CHUNK = 2
  const END = 3
  const FAIL = 4
  const FINISHED = 5
  const ROOM = 6
  const CONTROL = 7
  const EVENT = 8
  const INTERIM = 9
  const FILE = 10
  const ACCEPT = 11
  const MESSAGE = 12
  const CLOSE = 13
  const IS_END = 1 << 8
  const IS_FINISHED = 2 << 8
  const IS_TEXT = 8 << 8
  // A getter of the global object otherwise, at each use.
  const { Buffer } = globalThis
  const EMPTY = Buffer.alloc(0)
  /** Bytes up to which copying them one by one costs less than a call. */
  const FEW = 64

  const { blockSize } = native
  /** What a batch without a Buffer of its own has its bytes in; the next batch's come there too. */
  const shared = Buffer.from(native.bytes.buffer)
  const { STARTED, ENDED, OPEN } = core.states
  const { exchanges, give, letGo, tell } = core.slots
  const { setImmediate, performance } = core.clock

  // A synchronous call lets only its own answers through; the others wait here.
  let only = -1
  let deferred = []

  function receive(words, count, text, ownBytes, blocks) {
    let bytes = ownBytes ?? shared
    if (only !== -1) {
      if (bytes === shared) bytes = Buffer.from(shared)
      const batch = { words: words.slice(0, count), count, text, bytes, blocks, except: only }
      deferred.push(batch)
      read(batch.words, count, text, bytes, blocks, only, true)
      return
    }
    readDeferred()
    read(words, count, text, bytes, blocks, -1, true)
    core.dispatcher.flushSoon()
  }

  /** Reads the batches that have waited, and nothing newer: what they lead to is handed over by whoever calls. */
  function readDeferred() {
    if (deferred.length === 0) return
    const batches = deferred
    deferred = []
    for (const { words, count, text, bytes, blocks, except } of batches) {
      read(words, count, text, bytes, blocks, except, false)
    }
  }

  function readLater() {
    readDeferred()
    core.dispatcher.flush()
    tell()
  }

  /** Reads a batch: all of it, or only the records of a slot (`wanted`), or all others. */
  function read(words, count, text, bytes, blocks, slotFilter, wanted) {
    let textAt = 0
    let bytesAt = 0
    let blockAt = 0
    let at = 0
    const takeBody = (length) => {
      if (length === 0) return EMPTY
      if (length >= blockSize) return blocks[blockAt++]
      return takeBytes(length)
    }
    const takeBytes = (length) => {
      const start = bytesAt
      bytesAt += length
      return bytes === shared ? copy(start, length) : bytes.subarray(start, bytesAt)
    }
    while (at < count) {
      const word = words[at]
      const slot = words[at + 1]
      const kind = word & 0xff
      // Control calls and events are nobody's slot.
      const skip = slotFilter !== -1 && (slot === slotFilter && kind !== CONTROL && kind !== EVENT) !== wanted
      const exchange = exchanges[slot]
      // Where each record is read, its numbers are taken first: what it leads to may throw.
      try {
        switch (kind) {
          case START: {
            const status = words[at + 2]
            const headAt = textAt
            textAt += words[at + 3]
            const body = takeBody(words[at + 4])
            at += 5
            if (skip) break
            const head = headAt === textAt ? '' : text.substring(headAt, textAt)
            if (exchange.state !== ENDED) started(exchange, status, head, body, (word & IS_END) !== 0)
            break
          }
          case CHUNK: {
            const body = takeBody(words[at + 2])
            at += 3
            if (!skip) chunk(exchange, body, (word & IS_END) !== 0)
            break
          }
          case END: {
            const trailersAt = textAt
            textAt += words[at + 2]
            at += 3
            if (!skip) ended(exchange, text.substring(trailersAt, textAt))
            break
          }
          case FAIL: {
            const json = takeBytes(words[at + 2])
            at += 3
            if (skip) break
            const error = core.errors.fromJSON(json.toString())
            if (exchange.state !== ENDED) failed(exchange, error)
            // It was raised before the application heard that its client has left.
            else if (error.code === 'ERR_ASGI_PYTHON') exchange.handler.report(error)
            break
          }
          case ROOM: {
            const taken = words[at + 2]
            at += 3
            if (!skip) room(exchange, taken)
            break
          }
          case INTERIM: {
            const status = words[at + 2]
            const headAt = textAt
            textAt += words[at + 3]
            at += 4
            if (!skip && exchange.state !== ENDED) exchange.onInformation(status, text.substring(headAt, textAt))
            break
          }
          case FILE: {
            const description = takeBytes(words[at + 2])
            at += 3
            if (!skip) file(exchange, description, (word & IS_END) !== 0)
            break
          }
          case ACCEPT: {
            const headAt = textAt
            const protocolAt = headAt + words[at + 2]
            textAt = protocolAt + words[at + 3]
            at += 4
            if (skip || exchange.state !== OPEN) break
            exchange.deadlines.remove(exchange)
            exchange.observer?.accepted()
            exchange.accept(text.substring(protocolAt, textAt), text.substring(headAt, protocolAt))
            break
          }
          case MESSAGE: {
            const data = takeBody(words[at + 2])
            at += 3
            if (skip || exchange.state === ENDED) break
            exchange.handler.statistics.bytesOut += data.length
            exchange.onMessage(data, (word & IS_TEXT) !== 0)
            break
          }
          case CLOSE: {
            bytesAt += words[at + 3]
            const code = words[at + 2]
            const reason = words[at + 3] === 0 ? '' : bytes.toString('utf8', bytesAt - words[at + 3], bytesAt)
            at += 4
            if (skip || exchange.state === ENDED) break
            exchange.deadlines.remove(exchange)
            exchange.handler.settle(exchange)
            exchange.close()
            exchange.observer?.closed(code)
            exchange.onClose(code, reason)
            break
          }
          case FINISHED:
            at += 2
            if (!skip) finished(slot, exchange)
            continue
          case CONTROL:
          case EVENT: {
            const number = words[at + 2]
            bytesAt += words[at + 3]
            const json = words[at + 3] === 0 ? '' : bytes.toString('utf8', bytesAt - words[at + 3], bytesAt)
            at += 4
            if (skip) continue
            if (kind === EVENT) core.event(slot, exchanges[number], json)
            else core.controls.ended(slot, number === 0 ? undefined : core.errors.fromJSON(json))
            continue
          }
          default:
            // What follows cannot be told apart.
            at = count
            throw core.errors.create('ERR_ASGI_INTERNAL', `answer ${kind} is unknown`)
        }
      } catch (error) {
        // Only the record's own exchange fails; what belongs to none is an uncaught exception.
        if (kind < CONTROL || kind > EVENT && kind <= CLOSE) exchange.broken(error)
        else core.uncaught(error)
      }
      if (!skip && (word & IS_FINISHED) !== 0) finished(slot, exchange)
    }
  }

  /** Bytes of the shared memory, as a Buffer of their own. */
  function copy(start, length) {
    // Of Node's pool, as `Buffer.from` makes them.
    const own = Buffer.allocUnsafe(length)
    if (length > FEW) shared.copy(own, 0, start, start + length)
    else for (let i = 0; i < length; i++) own[i] = shared[start + i]
    return own
  }

  function started(exchange, status, head, body, isEnd) {
    exchange.handler.statistics.bytesOut += body.length
    exchange.deadlines.remove(exchange)
    exchange.observer?.started(status)
    if (isEnd) {
      exchange.state = STARTED
      exchange.handler.settle(exchange)
      try {
        exchange.onComplete(status, head, body)
      } finally {
        if (exchange.state !== ENDED) exchange.close()
      }
      exchange.observer?.ended()
      drainWriter(exchange)
      return
    }
    exchange.state = STARTED
    exchange.onStart(status, head)
    if (body.length > 0 && exchange.state !== ENDED) exchange.onData(body)
  }

  function chunk(exchange, body, isEnd) {
    if (exchange.state === ENDED) return
    if (exchange.reading !== null) return exchange.reading.later(() => chunk(exchange, body, isEnd))
    exchange.handler.statistics.bytesOut += body.length
    if (body.length > 0) exchange.onData(body)
    if (isEnd) ended(exchange, '')
  }

  /** The body goes on with a file; what comes meanwhile waits behind it. */
  function file(exchange, description, isEnd) {
    if (exchange.reading !== null) {
      return exchange.reading.later(() => file(exchange, description, isEnd))
    }
    const reader = new core.FileReader(exchange, description)
    if (exchange.state === ENDED) return reader.cancel()
    exchange.reading = reader
    reader.later(() => {
      if (isEnd) ended(exchange, '')
    })
    reader.start((error) => failed(exchange, error))
  }

  function ended(exchange, trailers) {
    if (exchange.state === ENDED) return
    if (exchange.reading !== null) return exchange.reading.later(() => ended(exchange, trailers))
    exchange.handler.settle(exchange)
    exchange.close()
    exchange.observer?.ended()
    exchange.onEnd(trailers)
    drainWriter(exchange)
  }

  function failed(exchange, error) {
    if (exchange.state === ENDED) return
    if (exchange.reading !== null) return exchange.reading.later(() => failed(exchange, error))
    exchange.handler.statistics.errors++
    exchange.deadlines.remove(exchange)
    exchange.handler.settle(exchange)
    exchange.close()
    exchange.observer?.failed(error)
    exchange.onFail(error)
    drainWriter(exchange)
  }

  /** As `failed`, where there is no record that guards the others. */
  function failedAlone(exchange, error) {
    try {
      failed(exchange, error)
    } catch (second) {
      exchange.broken(second)
    }
  }

  /** Whoever waits to write the rest of a request's body can go on: it is discarded. */
  function drainWriter(exchange) {
    if (!exchange.blocked) return
    exchange.blocked = false
    exchange.onDrain()
  }

  function room(exchange, bytes) {
    if (exchange.state === ENDED) return
    exchange.taken(bytes)
    if (bytes === 0) exchange.onContinue()
    if (exchange.blocked && !exchange.isFull) drainWriter(exchange)
  }

  function finished(slot, exchange) {
    if (!exchange.isGivenUp) letGo()
    exchange.window?.narrow()
    give(slot)
    exchange.onReturn()
  }

  core.answers = Object.freeze({
    /**
     * Blocks this thread until the exchange has ended or the time is over; other exchanges' answers wait.
     * @returns {boolean} whether it has ended
     */
    block(exchange, timeout) {
      const end = timeout === 0 ? Infinity : performance.now() + timeout
      only = exchange.slot
      try {
        core.dispatcher.flush()
        while (exchange.state !== ENDED) {
          const left = Math.min(end - performance.now(), 1000)
          if (left <= 0) return false
          native.wait(left)
        }
        return true
      } finally {
        only = -1
        if (deferred.length > 0) setImmediate(readLater)
      }
    },

    /** Reads the answers that are there already. */
    catchUp() {
      readDeferred()
      native.wait(0)
    },

    /** Ends an exchange whose application was told that the client has left. */
    fail(exchange, error) {
      if (exchange.state === ENDED) return
      exchange.isGivenUp = true
      letGo()
      failedAlone(exchange, error)
      tell()
    },

    /** Ends an exchange that was never handed over: its slot is free at once. */
    finish(exchange, error) {
      const slot = exchange.slot
      failedAlone(exchange, error)
      finished(slot, exchange)
      tell()
    },
  })

  /**
   * Frees the memory of Buffers that nobody reads any more. Each has to have an ArrayBuffer of its own.
   * @param {Buffer[]} buffers
   */
  core.free = native.free

  native.receive(receive)
})
//# sourceURL=python-node/core/answers.js

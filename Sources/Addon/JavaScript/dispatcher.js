// The road to the event loop's thread and back: commands are collected and handed over together, answers come in
// batches and are cut here. One string and one array of numbers each way, whatever the number of requests.
;(function (core, native) {
  'use strict'

  // Commands, answers and their flags, as Records.swift has them.
  const REQUEST = 1
  const BODY = 2
  const ABORT = 3
  const ACKNOWLEDGE = 4
  const MESSAGE = 5
  const DISCONNECT = 6
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
  const ANSWERED_MESSAGE = 12
  const CLOSE = 13
  const IS_END = 1 << 8
  const IS_FINISHED = 2 << 8
  const IS_TEXT = 8 << 8
  const NO_PORT = 0xffffffff
  const EMPTY = Buffer.alloc(0)
  /** The flag of a request whose body is complete. */
  const BODY_ENDED = 1
  /** Bytes up to which a body that is given whole goes in one piece, and those of the pieces of a larger one. */
  const WHOLE = 1 << 20
  const PIECE = 256 << 10
  /** Parts of a request before its headers, and the last four of them where they are empty. */
  const FIXED_PARTS = 6
  const NO_ADDRESSES = '\0\0\0'

  const { commands, blockSize } = native
  const { STARTED, ENDED, OPEN } = core.states
  const longestCommand = 8

  // The batch's text in pieces, each of one part or several with a NUL in between, and the number of parts.
  let pieces = []
  let partCount = 0
  /** The batch's requests, for when one of them cannot be sent: their heads and headers by turns. */
  let requests = []
  let used = 0
  let bodies = []
  let isScheduled = false
  let clock = 0

  /** Exchanges by slot; slots are used again once the application has returned. */
  const slots = []
  const freeSlots = []
  /** What keeps Node alive: exchanges that are not given up, and control calls. */
  let held = 0
  let isHeld = false

  const controls = new Map()
  let nextToken = 1

  // A synchronous call lets only its own answers through; the others wait here.
  let only = -1
  let deferred = []

  // MARK: Commands

  // Where this thread hosts the event loop, Python runs when a batch is handed over.
  let isHosting = false
  let isTurnTaken = false
  /** Commands were handed over and not carried out. */
  let isTurnDue = false

  function schedule() {
    if (isScheduled) return
    isScheduled = true
    if (!isHosting) {
      setImmediate(flush)
    } else if (!isTurnTaken) {
      // The first commands of a turn of Node's loop go at once; the others together at its end, or a server with many
      // connections would pay for a batch with each.
      isTurnTaken = true
      process.nextTick(flush)
      setImmediate(endTurn)
    }
  }

  function endTurn() {
    isTurnTaken = false
    if (isScheduled) flush()
  }

  function reserve() {
    if (used + longestCommand > commands.length) handOver(native.submit)
  }

  /** Hands all commands over; where this thread hosts the event loop, Python carries them out. */
  function flush() {
    isScheduled = false
    clock = 0
    if (isHosting ? used > 0 || isTurnDue : used > 0) handOver(isHosting ? native.dispatch : native.submit)
  }

  function handOver(submit) {
    isTurnDue = submit === native.submit
    const text = pieces.join('\0')
    const count = used
    const parts = partCount
    const batch = requests
    const sent = bodies
    used = 0
    if (parts > 0) {
      pieces = []
      partCount = 0
      requests = []
    }
    if (sent.length > 0) bodies = []
    // The number of parts goes along: a NUL inside of one would shift all that follow.
    if (!submit(text, count, parts, sent.length > 0 ? sent : undefined)) {
      core.repair(batch, count, sent, slots, submit)
    }
  }

  function hold() {
    held++
    if (!isHeld) {
      isHeld = true
      native.hold(true)
    }
  }

  function letGo() {
    held--
  }

  function releaseNode() {
    if (isHeld && held === 0) {
      isHeld = false
      native.hold(false)
    }
  }

  const dispatcher = {
    /** Milliseconds of the monotonic clock, read once per turn. */
    now() {
      if (clock === 0) clock = performance.now()
      return clock
    },

    /**
     * Queues a request.
     * @param {object} exchange a new one
     * @param {object} head a RequestHead, see requests.js
     */
    open(exchange, head, flags) {
      reserve()
      const headers = core.headers.block(head.headers)
      const slot = freeSlots.length > 0 ? freeSlots.pop() : slots.length
      if (head.clientHost === '' && head.serverHost === '' && head.rootPath === '' && head.tls === '') {
        pieces.push(head.method, head.target, NO_ADDRESSES)
      } else {
        pieces.push(head.method, head.target, head.rootPath, head.clientHost, head.serverHost, head.tls)
      }
      if (headers.count > 0) pieces.push(headers.text)
      partCount += FIXED_PARTS + 2 * headers.count
      requests.push(head, headers.list)
      const isSplit = head.body !== null && head.body.length > WHOLE
      const body = isSplit ? null : head.body
      const at = used
      commands[at] = REQUEST | ((isSplit ? flags & ~BODY_ENDED : flags) << 8)
      commands[at + 1] = slot
      commands[at + 2] = exchange.handler.application
      commands[at + 3] = headers.count
      commands[at + 4] = head.clientPort ?? NO_PORT
      commands[at + 5] = head.serverPort ?? NO_PORT
      commands[at + 6] = body === null ? 0 : body.length
      used = at + 7
      if (body !== null && body.length > 0) bodies.push(body)
      slots[slot] = exchange
      exchange.slot = slot
      exchange.state = OPEN
      hold()
      schedule()
      if (isSplit) this.split(exchange, head.body)
    },

    /** Sends a large body in pieces: while one is copied here, the application reads the last (5 times as fast). */
    split(exchange, body) {
      exchange.queued += body.length
      for (let at = 0; at < body.length; at += PIECE) {
        this.body(exchange.slot, body.subarray(at, at + PIECE), at + PIECE >= body.length, true)
      }
    },

    /** @param {boolean} [isBorrowed] the chunk's memory is the caller's again when this returns */
    body(slot, chunk, isEnd, isBorrowed = false) {
      if (slot === -1) return
      reserve()
      const isLarge = isBorrowed && chunk.length >= blockSize
      if (isBorrowed && !isLarge) chunk = Buffer.from(chunk)
      commands[used] = BODY | (isEnd ? 1 << 8 : 0)
      commands[used + 1] = slot
      commands[used + 2] = chunk === null ? 0 : chunk.length
      used += 3
      if (chunk !== null) bodies.push(chunk)
      schedule()
      // Handing it over copies it: once instead of twice. (An upload in pieces of 64 KiB: 1.7 times as fast.)
      if (isLarge) handOver(native.submit)
    },

    /** A WebSocket's message. */
    message(slot, data, isText) {
      if (slot === -1) return
      reserve()
      commands[used] = MESSAGE | (isText ? 1 << 8 : 0)
      commands[used + 1] = slot
      commands[used + 2] = data.length
      used += 3
      if (data.length > 0) bodies.push(data)
      schedule()
    },

    acknowledge(slot, bytes) {
      if (slot === -1) return
      reserve()
      commands[used] = ACKNOWLEDGE
      commands[used + 1] = slot
      commands[used + 2] = bytes
      used += 3
      schedule()
    },

    /** The client has left; a WebSocket's with a code and a reason. */
    abort(exchange, code, reason) {
      exchange.deadlines.remove(exchange)
      exchange.close()
      // An application that goes on although its client has left does not keep the process alive.
      exchange.isGivenUp = true
      exchange.handler.settle()
      // The application may have returned already, and a file is still on its way.
      if (exchange.slot === -1) return
      letGo()
      reserve()
      if (code === undefined) {
        commands[used] = ABORT
        commands[used + 1] = exchange.slot
        used += 2
      } else {
        const text = Buffer.from(reason)
        commands[used] = DISCONNECT
        commands[used + 1] = exchange.slot
        commands[used + 2] = code
        commands[used + 3] = text.length
        used += 4
        if (text.length > 0) bodies.push(text)
      }
      schedule()
      releaseNode()
    },

    flush,

    /** An application was loaded: this thread may host the event loop since. */
    begin() {
      isHosting = native.isHosting()
    },

    /**
     * Makes a control call: `start(token)` begins it; resolves, or rejects with the host's error, or with
     * ERR_ASGI_LIFESPAN after `timeout` ms (0: no limit).
     */
    control(start, timeout, what) {
      return new Promise((resolve, reject) => {
        const token = nextToken++
        let timer
        const settle = (error) => {
          controls.delete(token)
          clearTimeout(timer)
          letGo()
          if (error === undefined) resolve()
          else reject(error)
        }
        controls.set(token, settle)
        hold()
        if (timeout > 0) {
          timer = setTimeout(() => {
            settle(core.errors.create('ERR_ASGI_LIFESPAN', `${what} took longer than ${timeout} ms`))
            releaseNode()
          }, timeout)
        }
        // What was asked for before comes before.
        flush()
        start(token)
      })
    },

    /**
     * Blocks this thread until the exchange has ended or the time is over; other exchanges' answers wait.
     * @returns {boolean} whether it has ended
     */
    block(exchange, timeout) {
      const end = timeout === 0 ? Infinity : performance.now() + timeout
      only = exchange.slot
      try {
        flush()
        while (exchange.state !== ENDED) {
          const left = Math.min(end - performance.now(), 1000)
          if (left <= 0) return false
          native.wait(left)
        }
        return true
      } finally {
        only = -1
        if (deferred.length > 0) setImmediate(readDeferred)
      }
    },

    /** Reads the answers that are there already. */
    catchUp() {
      if (deferred.length > 0) readDeferred()
      native.wait(0)
    },

    /** Gives all of a handler's exchanges up; each rejects with ERR_ASGI_CLOSED. */
    abandon(handler) {
      for (const exchange of slots) {
        if (exchange === null || exchange.handler !== handler || exchange.state === ENDED) continue
        exchange.shutDown()
      }
    },

    /** How many slots are in use, for the tests: live exchanges of this environment. */
    get live() {
      let count = 0
      for (const exchange of slots) if (exchange !== null) count++
      return count
    },

    finish,
  }

  // MARK: Answers

  function receive(words, count, text, bytes, blocks) {
    if (only !== -1) {
      const batch = { words: words.slice(0, count), count, text, bytes, blocks, except: only }
      deferred.push(batch)
      read(batch.words, count, text, bytes, blocks, only, true)
      return
    }
    if (deferred.length > 0) readDeferred()
    read(words, count, text, bytes, blocks, -1, true)
    if (!isHosting) flush()
    releaseNode()
  }

  function readDeferred() {
    const batches = deferred
    deferred = []
    for (const { words, count, text, bytes, blocks, except } of batches) {
      read(words, count, text, bytes, blocks, except, false)
    }
    flush()
    releaseNode()
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
      bytesAt += length
      return bytes.subarray(bytesAt - length, bytesAt)
    }
    while (at < count) {
      const word = words[at]
      const slot = words[at + 1]
      const kind = word & 0xff
      // Control calls and events are nobody's slot.
      const skip = slotFilter !== -1 && (slot === slotFilter && kind !== CONTROL && kind !== EVENT) !== wanted
      const exchange = slots[slot]
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
          bytesAt += words[at + 2]
          const json = bytes.subarray(bytesAt - words[at + 2], bytesAt)
          at += 3
          if (!skip) failed(exchange, core.errors.fromJSON(json.toString()))
          break
        }
        case ROOM: {
          if (!skip) room(exchange, words[at + 2])
          at += 3
          break
        }
        case INTERIM: {
          const headAt = textAt
          textAt += words[at + 3]
          if (!skip && exchange.state !== ENDED) {
            exchange.onInformation(words[at + 2], text.substring(headAt, textAt))
          }
          at += 4
          break
        }
        case FILE: {
          bytesAt += words[at + 2]
          const description = bytes.subarray(bytesAt - words[at + 2], bytesAt)
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
          exchange.accept(text.substring(protocolAt, textAt), text.substring(headAt, protocolAt))
          break
        }
        case ANSWERED_MESSAGE: {
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
          exchange.handler.settle()
          exchange.close()
          exchange.onClose(code, reason)
          break
        }
        case FINISHED:
          at += 2
          if (!skip) finished(slot, exchange)
          continue
        case CONTROL:
        case EVENT: {
          bytesAt += words[at + 3]
          const json = words[at + 3] === 0 ? '' : bytes.toString('utf8', bytesAt - words[at + 3], bytesAt)
          if (!skip) {
            if (kind === CONTROL) controlled(slot, words[at + 2] === 0, json)
            else core.event(slot, slots[words[at + 2]], json)
          }
          at += 4
          continue
        }
        default:
          throw core.errors.create('ERR_ASGI_INTERNAL', `answer ${kind} is unknown`)
      }
      if (!skip && (word & IS_FINISHED) !== 0) finished(slot, exchange)
    }
  }

  function started(exchange, status, head, body, isEnd) {
    exchange.handler.statistics.bytesOut += body.length
    exchange.deadlines.remove(exchange)
    if (isEnd) {
      exchange.state = STARTED
      exchange.handler.settle()
      exchange.onComplete(status, head, body)
      if (exchange.state !== ENDED) exchange.close()
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
      // The batch's memory is shared and stays; the view is the exchange's own.
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
    exchange.handler.settle()
    exchange.close()
    exchange.onEnd(trailers)
    drainWriter(exchange)
  }

  function failed(exchange, error) {
    if (exchange.state === ENDED) return
    if (exchange.reading !== null) return exchange.reading.later(() => failed(exchange, error))
    exchange.handler.statistics.errors++
    exchange.deadlines.remove(exchange)
    exchange.handler.settle()
    exchange.close()
    exchange.onFail(error)
    drainWriter(exchange)
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
    if (exchange.blocked && !exchange.isFull) drainWriter(exchange)
  }

  function finished(slot, exchange) {
    if (!exchange.isGivenUp) letGo()
    slots[slot] = null
    freeSlots.push(slot)
    exchange.slot = -1
  }

  function controlled(token, isDone, json) {
    // Unknown when its time was over before.
    controls.get(token)?.(isDone ? undefined : core.errors.fromJSON(json))
  }

  /** Ends an exchange that was never handed over: its slot is free at once. */
  function finish(exchange, error) {
    const slot = exchange.slot
    failed(exchange, error)
    finished(slot, exchange)
    releaseNode()
  }

  native.receive(receive)
  core.dispatcher = dispatcher
  /** Calls into the addon and back: what the benchmark compares with. */
  core.nothing = native.nothing
})
//# sourceURL=python-node/core/dispatcher.js

// The road to the event loop's thread: commands are collected and handed over together, one string and one array of
// numbers whatever the number of requests. The way back is in answers.js.
;(function (core, native) {
  'use strict'

  // Commands and their flags, as Records.swift has them.
  const REQUEST = 1
  const BODY = 2
  const ABORT = 3
  const ACKNOWLEDGE = 4
  const MESSAGE = 5
  const DISCONNECT = 6
  const NO_PORT = 0xffffffff
  /** The flag of a request whose body is complete, and of one whose octets are all of its head. */
  const BODY_ENDED = 1
  const HEAD_APART = 2048
  /** Bytes up to which a body that is given whole goes in one piece, and those of the pieces of a larger one. */
  const WHOLE = 1 << 20
  /** The most that a record has of a body, whose length is 32 bits wide. */
  const LARGEST = 1 << 30
  const PIECE = 256 << 10
  /** Of all commands the longest. */
  const REQUEST_LENGTH = 8

  const { nextTick, setImmediate, performance } = core.clock

  const { commands, blockSize, sizes, turns } = native
  /**
   * The batch's small bodies, one behind the other, where the addon finds them: a Buffer for each, and asking Node-API for
   * its memory, cost more than copying it. (A WebSocket's message of 128 bytes, `thread: 'node'`: 19,100 instead of 21,500
   * instructions.)
   */
  const small = Buffer.from(native.small.buffer)
  /** Bytes up to which copying them one by one costs less than a call. */
  const FEW = 64
  const { OPEN } = core.states
  const { exchanges, take, hold, letGo, tell } = core.slots
  const NOTHING = Buffer.alloc(0)
  const { bytesOf } = core.checks

  // The batch's text in pieces, each of one part or several with a NUL in between, and the number of parts.
  let pieces = []
  let partCount = 0
  /** The batch's requests, for when one of them cannot be sent: their heads and headers by turns. */
  let requests = []
  let used = 0
  /** Where the last request's command begins. */
  let lastRequest = -REQUEST_LENGTH
  /** Bytes of `small` that are the batch's. */
  let smallUsed = 0
  /** The batch's large bodies, and how long each was when its command was written. */
  let bodies = []
  let lengths = []
  let isScheduled = false
  /** Answers were read, and the callbacks of their promises run: what is due is seen behind them. */
  let isReading = false
  /** There are requests or messages in the batch, whose answers somebody waits for. */
  let isUrgent = false
  const settled = Promise.resolve()
  const lookBehind = () => nextTick(flushUrgent)
  let clock = 0

  // Where this thread hosts the event loop, Python runs when a batch is handed over.
  let isHosting = false
  /** The turn of Node's loop (`turns[0]`) whose first commands went at once. */
  let turn = -1
  /** Commands were handed over and not carried out. */
  let isTurnDue = false

  /** @param {boolean} [isOpen] what was asked for goes better with what follows in this turn */
  function schedule(isOpen = false) {
    if (isScheduled) return
    isScheduled = true
    // The first commands of a turn of Node's loop that hosts Python's go at once; the others together at its end, or a
    // server with many connections would pay for a batch with each. (Counted by the addon: an immediate in each turn, to
    // know of its end, takes some 1,500 instructions.)
    if (isHosting && !isOpen && turn !== turns[0]) {
      turn = turns[0]
      nextTick(flush)
    } else {
      setImmediate(flush)
    }
  }

  /** Sees to it that a command has room, and so many bytes in `small`. */
  function reserve(bytes = 0) {
    if (smallUsed + bytes > small.length || used + REQUEST_LENGTH > commands.length) handOver(native.submit)
  }

  /** Bytes of a body that go into `small`. */
  function smallLength(body) {
    return body === null || body.length >= blockSize ? 0 : body.length
  }

  /** Hands all commands over; where this thread hosts the event loop, Python carries them out. */
  function flush() {
    isScheduled = isUrgent = false
    clock = 0
    if (isHosting ? used > 0 || isTurnDue : used > 0) handOver(isHosting ? native.dispatch : native.submit)
    tell()
  }

  /** The callbacks of answers' promises have run. */
  function flushUrgent() {
    isReading = isScheduled = false
    if (isUrgent) return flush()
    if (used > 0) schedule()
    tell()
  }

  function handOver(submit) {
    isTurnDue = submit === native.submit
    const text = partCount === 0 ? '' : pieces.join('\0')
    // The number of parts goes along: a NUL inside of one would shift all that follow.
    sizes[0] = used
    sizes[1] = partCount
    sizes[2] = smallUsed
    const batch = requests
    const sent = bodies
    const expected = lengths
    used = smallUsed = 0
    lastRequest = -REQUEST_LENGTH
    if (partCount > 0) {
      pieces = []
      partCount = 0
    }
    if (batch.length > 0) requests = []
    if (sent.length > 0) {
      bodies = []
      lengths = []
    }
    if (!isAsExpected(sent, expected) || !submit(text, sent.length > 0 ? sent : undefined)) {
      core.repair(batch, sent, exchanges, submit)
    }
  }

  /** The last command's body. */
  function attach(body) {
    if (body.length < blockSize) return copy(body)
    bodies.push(body)
    lengths.push(body.length)
  }

  function copy(bytes) {
    const { length } = bytes
    if (length > FEW) small.set(bytes, smallUsed)
    else for (let i = 0; i < length; i++) small[smallUsed + i] = bytes[i]
    smallUsed += length
  }

  /**
   * Has a piece of a body go with its request, where that is the last command: the application finds it there and need not
   * wait for it.
   * @returns {boolean} false: it needs a command of its own
   */
  function join(slot, chunk, isEnd) {
    const at = lastRequest
    if (used !== at + REQUEST_LENGTH || commands[at + 1] !== slot) return false
    // Whoever waits for room is told only while the body goes on.
    if (isEnd && exchanges[slot].blocked) return false
    if (chunk !== null) {
      if (commands[at + 6] > 0) return false
      commands[at + 6] = chunk.length
      attach(chunk)
    }
    if (isEnd) commands[at] |= BODY_ENDED << 8
    return true
  }

  /** Whether no body's memory was given away or cut since: the bodies behind it would be another's. */
  function isAsExpected(sent, expected) {
    for (let i = 0; i < sent.length; i++) if (bytesOf(sent[i]) !== expected[i]) return false
    return true
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
      // First: it may run other code, which sends requests of its own.
      const headers = core.headers.block(head.headers)
      const isSplit = head.body !== null && head.body.length > WHOLE && !head.raw
      const body = isSplit ? null : head.body
      // Both or none: what is in the text has to be in order.
      const isApart = headers.block.length > 0 || headers.count === 0
      const parts = isApart && !head.raw ? core.fixedParts.block(head) : NOTHING
      const octets = parts.length + headers.block.length
      reserve(octets + smallLength(body))
      const slot = take(exchange)
      if (parts.length > 0) {
        copy(parts)
        flags |= HEAD_APART
      } else {
        core.fixedParts.push(head, pieces)
        partCount += core.fixedParts.COUNT
      }
      if (isApart) {
        copy(headers.block)
      } else {
        pieces.push(headers.text)
        partCount += 2 * headers.count
      }
      requests.push(head, headers.list)
      const at = used
      commands[at] = REQUEST | ((isSplit ? flags & ~BODY_ENDED : flags) << 8)
      commands[at + 1] = slot
      commands[at + 2] = exchange.handler.application
      commands[at + 3] = headers.count
      commands[at + 4] = head.clientPort ?? NO_PORT
      commands[at + 5] = head.serverPort ?? NO_PORT
      commands[at + 6] = body === null ? 0 : body.length
      commands[at + 7] = octets
      used = at + REQUEST_LENGTH
      lastRequest = at
      if (body !== null && body.length > 0) attach(body)
      exchange.state = OPEN
      isUrgent = true
      hold()
      schedule(head.bodyOpen)
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
      if (chunk !== null && chunk.length > LARGEST) {
        for (let at = 0; at < chunk.length; at += LARGEST) {
          this.body(slot, chunk.subarray(at, at + LARGEST), isEnd && at + LARGEST >= chunk.length, isBorrowed)
        }
        return
      }
      reserve(smallLength(chunk))
      if (!join(slot, chunk, isEnd)) {
        commands[used] = BODY | (isEnd ? BODY_ENDED << 8 : 0)
        commands[used + 1] = slot
        commands[used + 2] = chunk === null ? 0 : chunk.length
        used += 3
        if (chunk !== null) attach(chunk)
      }
      schedule()
      // Handing it over copies it: once instead of twice. (An upload in pieces of 64 KiB: 1.7 times as fast.)
      if (isBorrowed && chunk.length >= blockSize) handOver(native.submit)
    },

    /** A WebSocket's message. @param {boolean} [isBorrowed] as of a body */
    message(slot, data, isText, isBorrowed = false) {
      if (slot === -1) return
      reserve(smallLength(data))
      commands[used] = MESSAGE | (isText ? 1 << 8 : 0)
      commands[used + 1] = slot
      commands[used + 2] = data.length
      used += 3
      isUrgent = true
      if (data.length > 0) attach(data)
      schedule()
      if (isBorrowed && data.length >= blockSize) handOver(native.submit)
    },

    acknowledge(slot, bytes, pace) {
      if (slot === -1) return
      reserve()
      commands[used] = ACKNOWLEDGE | (pace << 8)
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
      exchange.handler.settle(exchange)
      exchange.observer?.left(code)
      // The application may have returned already, and a file is still on its way.
      if (exchange.slot === -1) return
      letGo()
      const text = code === undefined ? null : Buffer.from(reason)
      reserve(smallLength(text))
      if (text === null) {
        commands[used] = ABORT
        commands[used + 1] = exchange.slot
        used += 2
      } else {
        commands[used] = DISCONNECT
        commands[used + 1] = exchange.slot
        commands[used + 2] = code
        commands[used + 3] = text.length
        used += 4
        if (text.length > 0) attach(text)
      }
      schedule()
      tell()
    },

    flush,

    /**
     * Answers were read, unless a turn of the hosted loop is due anyway: the room that this has made is told at once
     * (4 MiB in process: 2.7 instead of 2.1 GiB/s), and requests that it leads to go in one batch behind the callbacks of
     * its promises. (An immediate lets Node's loop ask the system before it, and Node be told twice whether to stay.)
     */
    flushSoon() {
      if (isHosting) return tell()
      if (used > 0) handOver(native.submit)
      if (isReading) return
      isReading = isScheduled = true
      // Node's ticks go before the promises' callbacks, but for those that are asked for in one.
      settled.then(lookBehind)
    },

    /** An application was loaded: this thread may host the event loop since. */
    begin() {
      isHosting = native.isHosting()
    },

    /**
     * Hands over what was asked for, before what is to come behind it. It is not carried out yet: answers may be read now,
     * and newer ones must not come in between.
     */
    submit() {
      if (used > 0) handOver(native.submit)
      schedule()
    },
  }

  core.dispatcher = dispatcher
  /** Calls into the addon and back: what the benchmark compares with. */
  core.nothing = native.nothing
})
//# sourceURL=python-node/core/dispatcher.js

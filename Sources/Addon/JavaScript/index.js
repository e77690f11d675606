// The addon's exports: `PythonHandler` for programs, and `core` for js/ and the tests.
'use strict'

const native = require('native')
const { READS_ONLY, AWAITS_CONTINUE, abilities, borrowSize } = require('./abilities')
const signals = require('./abort-signals')
const applications = require('./applications')
const checks = require('./checks')
const errors = require('./errors')
const { Exchange, paces } = require('./exchange')
const { FileReader } = require('./files')
const { Handler, PythonHandler } = require('./handler')
const { HeaderList, NO_HEAD } = require('./heads')
const options = require('./options')
const { RawExchange } = require('./raw')
const { complain } = require('./reports')
const requests = require('./requests')
const servers = require('./servers')
require('./kept-signals')
const slots = require('./slots')
const states = require('./states')
const symbols = require('./symbols')
const { UploadWindow } = require('./upload-window')
const { read } = require('./value-reader')
const { ValueWriter } = require('./value-writer')
const { WebSocketExchange, messageCost } = require('./websocket')
const { BufferedExchange, ask, askSync } = require('./whole-response')
const { Window, borrowed, budgets } = require('./window')

/**
 * Counts live objects, for tests: handlers, servers, exchanges and borrowed bytes of windows in this thread; applications,
 * exchanges and large bodies (copied and borrowed) in the process. All are zero after every handler is closed and the garbage
 * is collected.
 * @param {number} timeout ms to wait for a busy Python, whose counts are missing after that
 * @returns {object} `{ handlers, servers, slots, borrowed, blocks, applications, exchanges, borrowedBuffers }`
 */
function live(timeout) {
  return {
    handlers: applications.live,
    servers: servers.live,
    slots: slots.live,
    borrowed: borrowed(),
    ...native.live(timeout),
  }
}

module.exports = {
  PythonHandler,
  core: {
    PythonHandler,
    BufferedExchange,
    Exchange,
    FileReader,
    Handler,
    HeaderList,
    RawExchange,
    UploadWindow,
    WebSocketExchange,
    Window,
    NO_HEAD,
    READS_ONLY,
    AWAITS_CONTINUE,
    abilities,
    ask,
    askSync,
    borrowed,
    budgets,
    checks,
    complain,
    errors,
    borrowSize,
    live,
    messageCost,
    options,
    paces,
    requests,
    servers,
    signals,
    slots,
    states,
    symbols,
    values: Object.freeze({ ...native.values, read, allocate: ValueWriter.allocate }),
    /**
     * Frees the memory of Buffers. Each must be the only one on its ArrayBuffer, and must not be read afterwards.
     * @type {(buffers: Buffer[]) => void}
     */
    free: native.free,
    /** Calls the addon and does nothing: the baseline of benchmarks. */
    nothing: native.nothing,
  },
}

'use strict'

const util = require('node:util')

/**
 * Makes Node's error for a server that cannot listen.
 *
 * @param {{ code: string, syscall: string, errno: number }} failure the system's error.
 * @param {import('./listen-arguments').Place} place
 * @returns {Error} with `code`, `errno`, `syscall`, `address` and `port`, which is -1 if there is none.
 */
function listenError({ code, syscall, errno }, { host, port, path, fd }) {
  const [, words = 'unknown error'] = util.getSystemErrorMap?.().get(errno) ?? []
  const address = path || host || (fd === -1 ? '' : `descriptor ${fd}`)
  const where = path === '' && fd === -1 && port > 0 ? `${address}:${port}` : address
  const error = new Error(`${syscall} ${code}: ${words} ${where}`.trimEnd())
  return Object.assign(error, { code, errno, syscall, address, port: path === '' && fd === -1 ? port : -1 })
}

/** Makes Node's error for a second call of `listen`. */
function alreadyListening() {
  const error = new Error('Listen method has been called more than once without closing.')
  return Object.assign(error, { code: 'ERR_SERVER_ALREADY_LISTEN' })
}

/** Makes Node's error for `close` without `listen`. */
function notRunning() {
  return Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' })
}

module.exports = { alreadyListening, listenError, notRunning }

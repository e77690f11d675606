'use strict'

const fs = require('node:fs')
const { core } = require('../../binding')
const { evaluate, isSameForRange, validatorsOf } = require('./conditions')
const { encodingsFor } = require('./encodings')
const { FileBody } = require('./file-body')
const { OpenFile, openFile } = require('./open-file')
const { isWithin, pathOf, readPath } = require('./paths')
const { rangeOf } = require('./ranges')
const { typeOf } = require('./types')

const INDEX = 'index.html'

const TEXTS = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Serves files, without Python. */
class StaticFiles {
  // The longest route first, because it takes precedence.
  #mounts
  #rootPath
  #log

  /**
   * @param {object} settings
   * @param {string[]} settings.staticPathRoutes paths without a slash at their end.
   * @param {string[]} settings.staticPathMounts the absolute folder of each; links in it are resolved once, here.
   * @param {string} settings.rootPath optional prefix of the routes, as of the app's paths.
   * @param {import('../log').Log} log
   * @throws {Error} the system's error if a folder does not exist any more.
   */
  constructor({ staticPathRoutes, staticPathMounts, rootPath }, log) {
    this.#mounts = staticPathRoutes.map((route, at) => ({ route, root: fs.realpathSync.native(staticPathMounts[at]) }))
    this.#mounts.sort((one, other) => other.route.length - one.route.length)
    this.#rootPath = rootPath
    this.#log = log
  }

  /**
   * Responds to a request if its path is a route or below one.
   *
   * @param {object} req of node:http or node:http2.
   * @param {object} res
   * @returns {boolean} false for other paths.
   */
  answer(req, res) {
    const target = targetOf(req.url)
    const whole = pathOf(target)
    const path = this.#rootPath !== '' && isWithin(whole, this.#rootPath) ? whole.slice(this.#rootPath.length) : whole
    const mount = this.#mounts.find(({ route }) => isWithin(path, route))
    if (mount === undefined) return false
    // The body is not read, so the bytes that follow on the connection may be the body or the next request.
    if (req.headers.expect !== undefined) res.shouldKeepAlive = false
    const answer = new Answer(req, res)
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      answer.say(405, { allow: 'GET, HEAD' })
      return true
    }
    const folderURL = `${this.#rootPath}${path}/${target.slice(whole.length)}`
    this.#serve(answer, mount.root, readPath(path.slice(mount.route.length)), folderURL).catch((error) => {
      this.#log.error(`A static file could not be opened: ${error.message}`)
      answer.say(error.code === 'EMFILE' || error.code === 'ENFILE' ? 503 : 500)
    })
    return true
  }

  async #serve(answer, root, asked, folderURL) {
    if (asked === null) return answer.say(404)
    const { names, isFolder } = asked
    const found = isFolder ? 'folder' : await openFile(root, names)
    if (found === null) return answer.say(404)
    if (found !== 'folder') return this.#send(answer, root, names, found)
    const index = [...names, INDEX]
    const file = await openFile(root, index)
    if (file === null || file === 'folder') return answer.say(404)
    if (isFolder) return this.#send(answer, root, index, file)
    file.close()
    answer.say(301, { location: folderURL })
  }

  async #send(answer, root, names, plain) {
    const chosen = await encoded(answer.headers, root, names, plain)
    answer.send(chosen, typeOf(names.at(-1)), (error) => {
      this.#log.error(`The static file ${names.join('/')} was sent in part: ${error.message}`)
    })
  }
}

/** Converts the request target to path and query, as the listener does. */
function targetOf(url) {
  if (url.startsWith('/') || url === '*') return url
  try {
    return core.checks.target(url).target
  } catch {
    // The listener responds to an invalid target.
    return url
  }
}

/**
 * Opens the compressed version of a file, if there is one that the client accepts.
 *
 * @param {Record<string, string | undefined>} headers of the request.
 * @param {string} root
 * @param {string[]} names of the file.
 * @param {OpenFile} plain the uncompressed file; closed if another one is returned.
 * @returns {Promise<{ file: OpenFile, encoding: string }>}
 */
async function encoded(headers, root, names, plain) {
  try {
    for (const { name, suffix } of encodingsFor(headers['accept-encoding'])) {
      const file = await openFile(root, [...names.slice(0, -1), names.at(-1) + suffix])
      if (file instanceof OpenFile) {
        plain.close()
        return { file, encoding: name }
      }
    }
  } catch (error) {
    plain.close()
    throw error
  }
  return { file: plain, encoding: '' }
}

/** The response to one request. The client may disconnect at any time. */
class Answer {
  #req
  #res
  #body = null
  #isGone = false

  constructor(req, res) {
    this.#req = req
    this.#res = res
    const gone = () => {
      this.#isGone = true
      this.#body?.cancel()
    }
    res.on('close', gone)
    // An HTTP/2 stream that is reset while it has data to write emits 'aborted' at once, but never 'close'.
    if (req.stream !== undefined) req.on('aborted', gone)
  }

  /** The headers of the request. */
  get headers() {
    return this.#req.headers
  }

  /**
   * Responds without a file.
   *
   * @param {number} status
   * @param {Record<string, string>} [headers]
   */
  say(status, headers = {}) {
    if (this.#isGone) return
    const text = TEXTS[status] ?? ''
    const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }
    this.#begin(status, { ...headers, ...type, ...(status !== 304 && { 'content-length': String(text.length) }) })
    this.#res.end(this.#req.method === 'HEAD' ? undefined : text)
  }

  /**
   * Responds with a file, a range of it, or the status of a failed condition.
   *
   * @param {{ file: OpenFile, encoding: string }} chosen the file is closed by this object.
   * @param {string} type
   * @param {(error: Error) => void} failed see FileBody.
   */
  send({ file, encoding }, type, failed) {
    const { size } = file
    const validators = validatorsOf(file, encoding)
    const about = { etag: validators.etag, 'last-modified': validators.lastModified, vary: 'Accept-Encoding' }
    const status = evaluate(this.headers, validators)
    const range = status === 200 ? this.#range(size, validators) : null
    if (this.#isGone || status !== 200 || range === 'unsatisfiable') {
      file.close()
      if (status !== 200) this.say(status, status === 304 ? about : {})
      else this.say(416, { 'content-range': `bytes */${size}` })
      return
    }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    this.#begin(range === null ? 200 : 206, {
      'content-type': type,
      ...(encoding !== '' && { 'content-encoding': encoding }),
      'content-length': String(end - start + 1),
      ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
      'accept-ranges': 'bytes',
      ...about,
    })
    if (this.#req.method === 'HEAD' || size === 0) {
      file.close()
      this.#res.end()
      return
    }
    this.#body = new FileBody(file, this.#res, { start, end }, failed)
    this.#body.start()
  }

  /** Ranges are for GET only. */
  #range(size, validators) {
    if (this.#req.method !== 'GET' || !isSameForRange(this.headers['if-range'], validators)) return null
    return rangeOf(this.headers.range, size)
  }

  #begin(status, headers) {
    // A list keeps a header of --header with the same name; with HTTP/2 both are sent anyway.
    const isHTTP2 = this.#req.stream !== undefined
    this.#res.writeHead(status, isHTTP2 ? headers : Object.entries(headers).flat())
  }
}

module.exports = { StaticFiles }

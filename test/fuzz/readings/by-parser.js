'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { createInterface } = require('node:readline')
const { ending, run, which } = require('../../../js/setup/child-processes')
const { findHeaders } = require('../../../js/setup/headers')
const nativeBuild = require('../../../js/setup/native-build')
const paths = require('../../../js/setup/paths')

const PRODUCT = 'HTTP1Reader'
const SCRATCH = path.join(paths.root, '.build-reader')

/** Why nothing can be compared here, or false. */
function whyNot() {
  if (Number(process.versions.node.split('.')[0]) < 20) return 'this Node takes line ends that later ones refuse'
  return which('swift') === undefined ? 'there is no swift on PATH' : false
}

/** Builds Tests/HTTP1Reader, with Swift's assertions, in a folder of its own. @returns {Promise<string>} its path */
async function build() {
  // The compiler's caches hold absolute paths, and refuse a repository that was moved.
  const place = path.join(SCRATCH, 'place')
  if (fs.existsSync(place) && fs.readFileSync(place, 'utf8') !== paths.root) fs.rmSync(SCRATCH, { recursive: true })
  fs.mkdirSync(SCRATCH, { recursive: true })
  fs.writeFileSync(place, paths.root)
  const args = ['build', '-c', 'release', '--product', PRODUCT, '--scratch-path', SCRATCH]
  args.push('-Xswiftc', '-assert-config', '-Xswiftc', 'Debug')
  const result = await run('swift', args, { env: nativeBuild.environment(await findHeaders()) })
  if (result.code !== 0) throw new Error(`swift ${args.join(' ')}: ${ending(result)}\n${result.lines.join('\n')}`)
  return path.join(SCRATCH, 'release', PRODUCT)
}

/** Reads connections as the native parser does: whole, cut at each place, and octet by octet. */
class ParserReader {
  #child
  #waiting = []
  #ended

  async open() {
    this.#child = spawn(await build(), { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        for (const { reject } of this.#waiting) reject(new Error(`the native reader ended with ${code}`))
        resolve()
      })
    })
    // What it was asked when it ended is said by `#ended`.
    this.#child.stdin.on('error', () => undefined)
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift().resolve(JSON.parse(line)))
  }

  /** Reads one connection. @param {Buffer} octets @returns {Promise<object>} messages, ending, and problem or null */
  read(octets) {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(octets.length)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(Buffer.concat([size, octets]))
    })
  }

  async close() {
    this.#child.stdin.end()
    await this.#ended
  }
}

module.exports = { ParserReader, whyNot }

'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { run } = require('../../js/setup/child-processes')

/** Where Debian has servers and the commands of its administrator, which is not on everybody's PATH. */
const SERVER_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin'].join(path.delimiter)

/** A Debian in a folder of its own. Call `remove` at the end, also after a failure. */
class DebianRoot {
  #folder

  /** @param {string} folder where it will be; nothing is made yet. */
  constructor(folder) {
    this.#folder = folder
  }

  /** The place, seen from outside, of a file inside. */
  at(name) {
    return path.join(this.#folder, name)
  }

  /**
   * Makes it, from the mirror that this machine's apt uses, with nothing but what is essential and `packages`.
   *
   * @returns {Promise<{ code: number | null, signal: string | null, lines: string[] }>} how debootstrap ended.
   */
  async make(debootstrap, release, packages, onLine) {
    const args = [
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      release,
      this.#folder,
      ...await mirror(release),
    ]
    const env = { ...process.env, PATH: [process.env.PATH, SERVER_PATH].join(path.delimiter) }
    const result = await run(debootstrap, args, { env, onLine })
    if (result.code !== 0) return result
    return run('mount', ['-t', 'proc', 'proc', this.at('proc')])
  }

  /** The words of a command that runs inside. */
  words(command, { cwd = '/', env = {} } = {}) {
    const all = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', ...env }
    const variables = Object.entries(all).map(([name, value]) => `${name}=${value}`)
    return ['/usr/sbin/chroot', this.#folder, 'env', '-i', `--chdir=${cwd}`, ...variables, ...command]
  }

  /** Runs a command inside to its end. */
  run(command, options) {
    const [program, ...args] = this.words(command, options)
    return run(program, args)
  }

  /**
   * Unmounts everything inside, debootstrap's mounts too when it was interrupted, and removes the folder.
   *
   * @throws {Error} when something stays mounted; then nothing is removed, for it could be a part of this machine.
   */
  remove() {
    // What lies deeper was mounted later.
    for (const place of this.#mounts().sort((a, b) => b.length - a.length)) spawnSync('umount', ['--lazy', place])
    const left = this.#mounts()
    if (left.length > 0) throw new Error(`${left.join(', ')} cannot be unmounted; ${this.#folder} is left`)
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }

  #mounts() {
    const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
    return lines.map((line) => line.split(' ')[4]).filter((place) => place.startsWith(`${this.#folder}/`))
  }
}

/** The mirror for debootstrap, or nothing where apt names none: then it takes its own. */
async function mirror(release) {
  const { lines } = await run('apt-get', ['indextargets', '--format', '$(CODENAME) $(SITE)'])
  const line = lines.find((line) => line.startsWith(`${release} `))
  return line === undefined ? [] : [line.slice(release.length + 1)]
}

module.exports = { DebianRoot, SERVER_PATH }

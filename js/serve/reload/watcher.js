'use strict'

const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')

/** The default of `delay` in ms: editors and formatters write a file several times. */
const QUIET_MS = 50

/** The shortest time between two polls in ms. */
const POLL_MS = 250

/** Errors of fs.watch: the system has no watches left, or its file system does not support them. */
const UNWATCHABLE = new Set(['ENOSPC', 'EMFILE', 'ENOSYS', 'ENOTSUP'])

/** Errors of a file that is missing or not accessible. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP'])

/**
 * Watches the files below some folders.
 *
 * Each folder has its own fs.watch, because the recursive one is not reliable in Node 18. Its events are compared with
 * the file's time and size, so that only real changes count. Missing folders are polled, and all of them if the system
 * cannot watch.
 *
 * Emits 'change' with an array of paths when no further change has followed for a while, and 'polling' with the reason
 * (an Error) when the system cannot watch.
 */
class Watcher extends EventEmitter {
  #roots
  #patterns
  // The watched folders: { root, inode, watch, names }.
  #folders = new Map()
  // Their inodes, to watch a folder once if several links lead to it. Links may form circles.
  #inodes = new Set()
  // For each watched file, its time, size and inode as text.
  #stamps = new Map()
  #changed = new Set()
  #isStarting = true
  #pollsOnly
  #delay
  #quiet = null
  #poll = null

  /**
   * @param {string[]} roots folders; missing ones are watched as soon as they exist.
   * @param {import('./patterns').Patterns} patterns which files to watch.
   * @param {{ pollsOnly?: boolean, delay?: number }} [options] `pollsOnly`: do not use fs.watch; `delay`: ms without a
   *   further change before 'change' is emitted, default 50. It is also the interval of polls, which is at least 250
   *   ms.
   */
  constructor(roots, patterns, { pollsOnly = false, delay = QUIET_MS } = {}) {
    super()
    this.#roots = withoutInner(roots.map((root) => path.resolve(root)))
    this.#patterns = patterns
    this.#pollsOnly = pollsOnly
    this.#delay = delay
  }

  /** The given folders, without those that are inside another. */
  get roots() {
    return this.#roots
  }

  /** Starts watching. Changes before this call do not count. */
  start() {
    for (const root of this.#roots) this.#check(root, root)
    this.#isStarting = false
    if (this.#pollsOnly) this.#startPolling()
  }

  /** Stops watching. */
  stop() {
    clearTimeout(this.#quiet)
    clearInterval(this.#poll)
    for (const { watch } of this.#folders.values()) watch?.close()
    this.#folders.clear()
    this.#inodes.clear()
    this.#stamps.clear()
  }

  /** Checks a path that exists or existed. */
  #check(file, root) {
    const stat = statOf(file)
    if (stat?.isDirectory()) {
      this.#forgetFile(file)
      this.#checkFolder(file, root, stat)
    } else {
      if (this.#folders.has(file)) this.#forgetFolder(file)
      if (stat === undefined) this.#forgetFile(file)
      else this.#checkFile(file, root, stat)
    }
    if (file === root && stat === undefined) this.#startPolling()
  }

  #checkFolder(folder, root, stat) {
    const inode = `${stat.dev}:${stat.ino}`
    const known = this.#folders.get(folder)
    if (known !== undefined && known.inode === inode) return
    // The folder was replaced by another one.
    if (known !== undefined) this.#forgetFolder(folder)
    if (this.#inodes.has(inode) || folder !== root && !this.#isWanted(folder, root)) return
    const entry = { root, inode, watch: null, names: new Set() }
    this.#folders.set(folder, entry)
    this.#inodes.add(inode)
    // Watched before it is read: a change in between is then seen twice instead of never.
    if (!this.#pollsOnly) this.#watch(folder, entry)
    this.#list(folder, entry)
  }

  #isWanted(folder, root) {
    if (!this.#patterns.includesFolder(path.relative(root, folder))) return false
    return statOf(path.join(folder, 'pyvenv.cfg')) === undefined
  }

  #checkFile(file, root, stat) {
    if (!this.#patterns.includesFile(path.relative(root, file))) return
    const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`
    if (this.#stamps.get(file) === stamp) return
    this.#stamps.set(file, stamp)
    this.#note(file)
  }

  #forgetFile(file) {
    if (this.#stamps.delete(file)) this.#note(file)
  }

  #forgetFolder(folder) {
    const { inode, watch, names } = this.#folders.get(folder)
    this.#folders.delete(folder)
    this.#inodes.delete(inode)
    watch?.close()
    for (const name of names) {
      const file = path.join(folder, name)
      if (this.#folders.has(file)) this.#forgetFolder(file)
      this.#forgetFile(file)
    }
  }

  #watch(folder, entry) {
    try {
      entry.watch = fs.watch(folder, (_, name) => this.#heard(folder, entry, name))
      entry.watch.on('error', () => this.#check(folder, entry.root))
    } catch (error) {
      if (UNWATCHABLE.has(error.code)) this.#giveUpWatching(error)
      else if (!ABSENT.has(error.code)) throw error
    }
  }

  #giveUpWatching(error) {
    this.#pollsOnly = true
    for (const entry of this.#folders.values()) {
      entry.watch?.close()
      entry.watch = null
    }
    this.emit('polling', error)
    this.#startPolling()
  }

  #heard(folder, entry, name) {
    if (this.#folders.get(folder) !== entry) return
    if (name === null) this.#list(folder, entry)
    else this.#checkName(folder, entry, name)
    // The removal of a folder is reported to the folder itself, under its own name.
    if (folder === entry.root) this.#check(folder, folder)
  }

  /** Checks everything that is in a folder, or was in it before. */
  #list(folder, entry) {
    const found = entriesOf(folder).filter((each) => !each.isFile() || this.#isWantedFile(folder, entry, each.name))
    for (const name of new Set([...entry.names, ...found.map((each) => each.name)])) {
      this.#checkName(folder, entry, name)
    }
  }

  #isWantedFile(folder, { root }, name) {
    return this.#patterns.includesFile(path.relative(root, path.join(folder, name)))
  }

  #checkName(folder, entry, name) {
    const file = path.join(folder, name)
    this.#check(file, entry.root)
    if (this.#stamps.has(file) || this.#folders.has(file)) entry.names.add(name)
    else entry.names.delete(name)
  }

  #startPolling() {
    this.#poll ??= setInterval(() => this.#checkAll(), Math.max(POLL_MS, this.#delay))
  }

  #checkAll() {
    for (const root of this.#roots) this.#check(root, root)
    if (this.#pollsOnly) {
      for (const [folder, entry] of this.#folders) this.#list(folder, entry)
    } else if (this.#roots.every((root) => this.#folders.has(root))) {
      clearInterval(this.#poll)
      this.#poll = null
    }
  }

  #note(file) {
    if (this.#isStarting) return
    this.#changed.add(file)
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      const files = [...this.#changed]
      this.#changed.clear()
      this.emit('change', files)
    }, this.#delay)
  }
}

function withoutInner(roots) {
  return [...new Set(roots)].filter((root, _, all) => !all.some((other) => isInside(root, other)))
}

function isInside(folder, other) {
  return folder !== other && folder.startsWith(path.join(other, path.sep))
}

/** Returns a file's fs.Stats; undefined if it is missing or not accessible. */
function statOf(file) {
  try {
    return fs.statSync(file)
  } catch (error) {
    if (ABSENT.has(error.code)) return undefined
    throw error
  }
}

function entriesOf(folder) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (ABSENT.has(error.code)) return []
    throw error
  }
}

module.exports = { Watcher }

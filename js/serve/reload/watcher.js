'use strict'

const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')

/** Milliseconds without another change before changes are told, at least: editors and formatters write several times. */
const QUIET_MS = 50

/** Milliseconds between two looks where the system tells nothing, at least. */
const LOOK_MS = 250

/** The system has no more watches to give, or its file system has none. */
const UNWATCHABLE = new Set(['ENOSPC', 'EMFILE', 'ENOSYS', 'ENOTSUP'])

/** It is gone, or nothing for us. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP'])

/**
 * Tells which files below some folders change.
 *
 * Each folder has its own fs.watch, because the recursive one is not to be relied on with Node 18. What it says is
 * compared with the file's time and size, so that only changes are told. Where the system cannot watch, and for a folder
 * that has gone, it is looked again and again.
 *
 * Emits 'change' with an array of paths once a while has brought no further change, and 'looking' with the reason (an
 * Error) when the system cannot watch.
 */
class Watcher extends EventEmitter {
  #roots
  #patterns
  // Of each folder that is watched: { root, inode, watch, names }.
  #folders = new Map()
  // A folder that links lead to twice is watched once: they may lead in circles.
  #inodes = new Set()
  // Of each file that is watched: what changes with it.
  #stamps = new Map()
  #changed = new Set()
  #isStarting = true
  #looksOnly
  #delay
  #quiet = null
  #look = null

  /**
   * @param {string[]} roots folders; one that is absent is waited for.
   * @param {import('./patterns').Patterns} patterns which files in them.
   * @param {{ looksOnly?: boolean, delay?: number }} [options] `looksOnly`: the system is not asked to watch; `delay`: ms
   *   without a further change after which changes are told, default 50. Looks are as far apart, and at least 250 ms.
   */
  constructor(roots, patterns, { looksOnly = false, delay = QUIET_MS } = {}) {
    super()
    this.#roots = withoutInner(roots.map((root) => path.resolve(root)))
    this.#patterns = patterns
    this.#looksOnly = looksOnly
    this.#delay = delay
  }

  /** The folders that were given, without those that are inside another. */
  get roots() {
    return this.#roots
  }

  /** Begins: what changes from now on is told. */
  start() {
    for (const root of this.#roots) this.#check(root, root)
    this.#isStarting = false
    if (this.#looksOnly) this.#startLooking()
  }

  /** Ends: nothing is told any more. */
  stop() {
    clearTimeout(this.#quiet)
    clearInterval(this.#look)
    for (const { watch } of this.#folders.values()) watch?.close()
    this.#folders.clear()
    this.#inodes.clear()
    this.#stamps.clear()
  }

  /** Looks at a path that exists, or existed. */
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
    if (file === root && stat === undefined) this.#startLooking()
  }

  #checkFolder(folder, root, stat) {
    const inode = `${stat.dev}:${stat.ino}`
    const known = this.#folders.get(folder)
    if (known !== undefined && known.inode === inode) return
    // Another folder has taken its place.
    if (known !== undefined) this.#forgetFolder(folder)
    if (this.#inodes.has(inode) || folder !== root && !this.#isWanted(folder, root)) return
    const entry = { root, inode, watch: null, names: new Set() }
    this.#folders.set(folder, entry)
    this.#inodes.add(inode)
    // Watched first and read then: what happens in between is seen twice, and not missed.
    if (!this.#looksOnly) this.#watch(folder, entry)
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
    this.#looksOnly = true
    for (const entry of this.#folders.values()) {
      entry.watch?.close()
      entry.watch = null
    }
    this.emit('looking', error)
    this.#startLooking()
  }

  #heard(folder, entry, name) {
    if (this.#folders.get(folder) !== entry) return
    if (name === null) this.#list(folder, entry)
    else this.#checkName(folder, entry, name)
    // A folder hears of its own end under its own name.
    if (folder === entry.root) this.#check(folder, folder)
  }

  /** Looks at everything in a folder, and at what was there before. */
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

  #startLooking() {
    this.#look ??= setInterval(() => this.#lookAround(), Math.max(LOOK_MS, this.#delay))
  }

  #lookAround() {
    for (const root of this.#roots) this.#check(root, root)
    if (this.#looksOnly) {
      for (const [folder, entry] of this.#folders) this.#list(folder, entry)
    } else if (this.#roots.every((root) => this.#folders.has(root))) {
      clearInterval(this.#look)
      this.#look = null
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

/** Gives a file's fs.Stats; undefined when there is none that we may look at. */
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

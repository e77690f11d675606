'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { isServed } = require('./paths')

const realpath = promisify(fs.realpath.native)
const open = promisify(fs.open)
const fstat = promisify(fs.fstat)

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants

/** Without waiting for the other end of a named pipe, and without following a link that has come since we looked. */
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** Errors that mean that there is no file for this client. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO'])

/** Files of this thread that are open; for tests. */
let count = 0

/** A regular file that is open for reading. Its owner closes it, once. */
class OpenFile {
  /** The descriptor. */
  fd
  /** Bytes that it had when it was opened. */
  size
  /** Nanoseconds since 1970, a bigint: when it was last changed. */
  modified

  /** @param {number} fd @param {import('node:fs').BigIntStats} stats of that descriptor. */
  constructor(fd, stats) {
    this.fd = fd
    this.size = Number(stats.size)
    this.modified = stats.mtimeNs
    count++
  }

  /** How many are open. */
  static get count() {
    return count
  }

  /** Gives the descriptor back to the system. */
  close() {
    count--
    closeDescriptor(this.fd)
    this.fd = -1
  }
}

/**
 * Finds what there is below a folder. A link may lead to another place below the folder, and nowhere else.
 *
 * @param {string} root the folder's real path.
 * @param {string[]} names of folders and the file below it.
 * @returns {Promise<OpenFile | 'folder' | null>} `null` when there is no such thing, or nothing that may be served. Rejects
 *   with the system's error where it is not the client's, as when no descriptor is left.
 */
async function openFile(root, names) {
  try {
    const real = await realpath(path.join(root, ...names))
    const inside = path.relative(root, real)
    // Hidden files are not to be had through a link either.
    if (inside !== '' && !inside.split(path.sep).every(isServed)) return null
    return await openReal(real)
  } catch (error) {
    if (ABSENT.has(error.code)) return null
    throw error
  }
}

async function openReal(file) {
  const fd = await open(file, FLAGS)
  let stats
  try {
    stats = await fstat(fd, { bigint: true })
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
  if (stats.isFile()) return new OpenFile(fd, stats)
  closeDescriptor(fd)
  return stats.isDirectory() ? 'folder' : null
}

function closeDescriptor(fd) {
  fs.close(fd, (error) => {
    if (error) process.emitWarning(`a static file could not be closed: ${error.message}`)
  })
}

module.exports = { OpenFile, openFile }

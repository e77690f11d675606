'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')
const { isServed } = require('./paths')

const realpath = promisify(fs.realpath.native)
const open = promisify(fs.open)
const fstat = promisify(fs.fstat)

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants

/** Does not wait for the writer of a named pipe, and does not follow a link created after the path was resolved. */
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** Errors that are answered with 404. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO'])

/** The number of open files in this thread, for tests. */
let count = 0

/** A regular file that is open for reading. Its owner must close it once. */
class OpenFile {
  /** The descriptor. */
  fd
  /** Its size in bytes when it was opened. */
  size
  /** The time of its last change in nanoseconds since 1970, a bigint. */
  modified

  /** @param {number} fd @param {import('node:fs').BigIntStats} stats of that descriptor. */
  constructor(fd, stats) {
    this.fd = fd
    this.size = Number(stats.size)
    this.modified = stats.mtimeNs
    count++
  }

  /** The number of open files. */
  static get count() {
    return count
  }

  /** Closes the descriptor. */
  close() {
    count--
    closeDescriptor(this.fd)
    this.fd = -1
  }
}

/**
 * Opens a file below a folder. Links are followed only to places below the folder.
 *
 * @param {string} root the folder's real path.
 * @param {string[]} names of the folders, and of the file.
 * @returns {Promise<OpenFile | 'folder' | null>} `null` if there is none, or it must not be served. Rejects with the
 *   system's error if the client is not the cause, for example if no descriptor is left.
 */
async function openFile(root, names) {
  try {
    const real = await realpath(path.join(root, ...names))
    const inside = path.relative(root, real)
    // Hidden files are not served through links either.
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

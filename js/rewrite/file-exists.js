'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** What the file system says about a path that leads nowhere. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EINVAL'])

/**
 * Tells whether the path of a URL is a file in a folder.
 *
 * The path is decoded once. One that climbs above the folder, also by way of `%2e%2e` or of a symbolic link, is no file
 * in it; neither is a folder, nor a path that cannot be decoded or holds a NUL.
 *
 * @param {string} docroot the folder; relative to the current one when it does not start at the root.
 * @param {string} urlPath percent-encoded, without the query.
 * @returns {boolean}
 */
function fileExists(docroot, urlPath) {
  const name = decode(urlPath)
  if (name === null || name.endsWith('/') || climbs(name)) return false
  const root = realPath(path.resolve(docroot))
  const file = root === null ? null : realPath(path.join(root, name))
  return file !== null && isInside(root, file) && fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

/** Decodes a path; `null` when that gives no file name. */
function decode(urlPath) {
  let name
  try {
    name = decodeURIComponent(urlPath)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
  return name.includes('\0') ? null : name
}

/** Tells whether a path leaves the folder it starts in, if only for a moment. */
function climbs(name) {
  let depth = 0
  for (const segment of name.split(path.sep === '\\' ? /[\\/]/ : '/')) {
    if (segment === '' || segment === '.') continue
    depth += segment === '..' ? -1 : 1
    if (depth < 0) return true
  }
  return false
}

/** Follows all symbolic links; `null` when the path leads nowhere. */
function realPath(file) {
  try {
    return fs.realpathSync(file)
  } catch (error) {
    if (ABSENT.has(error.code)) return null
    throw error
  }
}

function isInside(root, file) {
  const relative = path.relative(root, file)
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

module.exports = { fileExists }

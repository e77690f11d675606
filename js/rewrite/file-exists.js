'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** Errors of paths that do not exist or are not accessible. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EINVAL'])

/**
 * Whether the path of a URL is a file inside a folder.
 *
 * The path is decoded once. False for paths that leave the folder, also with `%2e%2e` or a symbolic link; for folders; and
 * for paths that are not valid or contain a NUL.
 *
 * @param {string} docroot the folder, absolute or relative to the working directory.
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

/** Decodes a path; `null` if it is not valid. */
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

/** Whether a path leaves its folder at any point. */
function climbs(name) {
  let depth = 0
  for (const segment of name.split(path.sep === '\\' ? /[\\/]/ : '/')) {
    if (segment === '' || segment === '.') continue
    depth += segment === '..' ? -1 : 1
    if (depth < 0) return true
  }
  return false
}

/** Resolves symbolic links; `null` if the path does not exist. */
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

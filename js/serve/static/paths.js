'use strict'

/** Characters that names of served files must not have: separators of any system, and control characters. */
const FORBIDDEN = /[/\\\x00-\x1f\x7f]/ // eslint-disable-line no-control-regex

/**
 * Returns the path of a URL without its query.
 *
 * @param {string} url path and query.
 * @returns {string}
 */
function pathOf(url) {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/**
 * Whether a path is a route, or below it.
 *
 * @param {string} path
 * @param {string} route without a slash at its end.
 * @returns {boolean}
 */
function isWithin(path, route) {
  return path.startsWith(route) && (path.length === route.length || path[route.length] === '/')
}

/**
 * Splits the part of a path after a route into names. Each name is decoded separately, so that an encoded slash does
 * not become a separator.
 *
 * @param {string} rest the rest of the path, percent-encoded: empty, or beginning with a slash.
 * @returns {{ names: string[], isFolder: boolean } | null} `isFolder`: it ends with a slash. `null` if no such file is
 *   served: a name is empty, begins with a dot, contains a separator or a control character, or is not UTF-8.
 */
function readPath(rest) {
  const isFolder = rest.endsWith('/')
  const parts = rest.slice(1, isFolder ? -1 : undefined).split('/')
  if (parts.length === 1 && parts[0] === '') return rest.length <= 1 ? { names: [], isFolder } : null
  try {
    const names = parts.map(decodeURIComponent)
    return names.every(isServed) ? { names, isFolder } : null
  } catch {
    // decodeURIComponent only throws if it is not percent-encoded UTF-8. No name of a file is like that.
    return null
  }
}

/** Whether a file or folder of this name may be served. Hidden ones are not. */
function isServed(name) {
  return name !== '' && !name.startsWith('.') && !FORBIDDEN.test(name)
}

module.exports = { isServed, isWithin, pathOf, readPath }

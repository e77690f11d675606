'use strict'

/** What no name of a file may have: separators of any system, and control characters. */
const FORBIDDEN = /[/\\\x00-\x1f\x7f]/ // eslint-disable-line no-control-regex

/**
 * Gives the path of a request without its query.
 *
 * @param {string} url as the request line has it.
 * @returns {string}
 */
function pathOf(url) {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/**
 * Tells whether a path is a route, or below it.
 *
 * @param {string} path
 * @param {string} route without a slash at its end.
 * @returns {boolean}
 */
function isWithin(path, route) {
  return path.startsWith(route) && (path.length === route.length || path[route.length] === '/')
}

/**
 * Reads what comes after a route as names below a folder. Each name is decoded by itself, so that an encoded slash
 * does not become a separator.
 *
 * @param {string} rest of the path, percent-encoded: empty, or with a slash at its beginning.
 * @returns {{ names: string[], isFolder: boolean } | null} `isFolder`: there is a slash at its end. `null` when there can be
 *   no such file: a name is empty, begins with a dot, has a separator or a control character in it, or is not UTF-8.
 */
function readPath(rest) {
  const isFolder = rest.endsWith('/')
  const parts = rest.slice(1, isFolder ? -1 : undefined).split('/')
  if (parts.length === 1 && parts[0] === '') return rest.length <= 1 ? { names: [], isFolder } : null
  try {
    const names = parts.map(decodeURIComponent)
    return names.every(isServed) ? { names, isFolder } : null
  } catch {
    // Not percent-encoded UTF-8, which is the only error there is: no name of a file reads so.
    return null
  }
}

/** Tells whether a file or folder of a name may be served: hidden ones are not. */
function isServed(name) {
  return name !== '' && !name.startsWith('.') && !FORBIDDEN.test(name)
}

module.exports = { isServed, isWithin, pathOf, readPath }

'use strict'

/** The authority of a target in absolute form, as proxies get it. */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/**
 * Gives the path of a request's target, as sent.
 *
 * @param {string} target `/path?query`, `http://host/path`, or `*`.
 * @returns {string}
 */
function pathOf(target) {
  const rest = target.startsWith('/') ? target : target.replace(AUTHORITY, '')
  const query = rest.indexOf('?')
  const path = query === -1 ? rest : rest.slice(0, query)
  return path === '' ? '/' : path
}

/**
 * Makes the function that tells which paths are Python's: those that are one of the prefixes, or lie below one.
 *
 * @param {string[]} prefixes without a slash at their end; `/` for all paths, and for `*`.
 * @returns {(path: string) => boolean}
 */
function matcherOf(prefixes) {
  if (prefixes.includes('/')) return () => true
  return (path) =>
    prefixes.some((prefix) => path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/'))
}

module.exports = { matcherOf, pathOf }

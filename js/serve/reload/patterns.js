'use strict'

const path = require('node:path')

/** What is never looked at: bytecode and packages, which no one edits. Names with a dot in front are left out too. */
const EXCLUDED_FOLDERS = new Set(['__pycache__', 'node_modules', 'venv', 'site-packages'])

/** Says which files of a folder are watched. */
class Patterns {
  #includes
  #excludes

  /**
   * @param {string[]} includes glob patterns of files, besides `*.py`. One without a slash looks at the name alone, one
   *   with a slash at the path below the watched folder; `**` is any number of folders.
   * @param {string[]} excludes glob patterns of files and folders, which win over `includes`.
   */
  constructor(includes, excludes) {
    this.#includes = ['*.py', ...includes].map(toMatcher)
    this.#excludes = excludes.map(toMatcher)
  }

  /**
   * Tells whether a file is watched, if its folder is.
   *
   * @param {string} file its path below the watched folder.
   */
  includesFile(file) {
    const matches = (matcher) => matcher(file)
    return !isHidden(file) && this.#includes.some(matches) && !this.#excludes.some(matches)
  }

  /**
   * Tells whether a folder is watched, if the one above it is.
   *
   * @param {string} folder its path below the watched folder.
   */
  includesFolder(folder) {
    if (isHidden(folder) || EXCLUDED_FOLDERS.has(path.basename(folder))) return false
    return !this.#excludes.some((matcher) => matcher(folder))
  }
}

function isHidden(file) {
  return path.basename(file).startsWith('.')
}

/** Makes the function that tells whether a path matches a glob pattern. */
function toMatcher(pattern) {
  const plain = pattern.replace(/^\.\//, '').replace(/\/+$/, '')
  const expression = new RegExp(`^${plain.replace(/\*\*\/?|\*|\?|\[[^\]]+\]|[^]/g, translate)}$`)
  if (!plain.includes('/')) return (file) => expression.test(path.basename(file))
  return (file) => expression.test(file.split(path.sep).join('/'))
}

function translate(token) {
  if (token === '**/') return '(?:.*/)?'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
  return token.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

module.exports = { Patterns }

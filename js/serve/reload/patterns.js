'use strict'

const path = require('node:path')

/** What is never looked at: bytecode and packages, which no one edits. */
const EXCLUDED_FOLDERS = new Set(['__pycache__', 'node_modules', 'venv', 'site-packages'])

/** A path with a name in it that begins with a dot. */
const HIDDEN = /(?:^|\/)\./

/** Ahead of a wildcard that may not stand for the dot at the beginning of a name. */
const NO_DOT = '(?!\\.)'

/**
 * Says which files of a folder are watched. As in a shell, a name that begins with a dot is meant only where a pattern has
 * that dot.
 */
class Patterns {
  #names
  #paths
  #hiddenFolders
  #excludes

  /**
   * @param {string[]} includes glob patterns of files, besides `*.py`. One without a slash looks at the name alone, one
   *   with a slash at the path below the watched folder; `**` is any number of folders.
   * @param {string[]} excludes glob patterns of files and folders, which win over `includes`; their wildcards stand for a
   *   dot as well.
   */
  constructor(includes, excludes) {
    const plain = ['*.py', ...includes].map(plainOf)
    const paths = plain.filter((pattern) => pattern.includes('/'))
    this.#names = plain.filter((pattern) => !pattern.includes('/')).map((pattern) => toExpression(pattern, NO_DOT))
    this.#paths = paths.map((pattern) => toExpression(pattern, NO_DOT))
    this.#hiddenFolders = paths.flatMap(foldersOf).map((pattern) => toExpression(pattern, NO_DOT))
    this.#excludes = excludes.map((pattern) => toMatcher(plainOf(pattern)))
  }

  /**
   * Tells whether a file is watched, if its folder is.
   *
   * @param {string} file its path below the watched folder.
   */
  includesFile(file) {
    const { dir, base } = path.posix.parse(slashed(file))
    const isNamed = !HIDDEN.test(dir) && this.#names.some((expression) => expression.test(base))
    if (!isNamed && !this.#paths.some((expression) => expression.test(slashed(file)))) return false
    return !this.#excludes.some((matches) => matches(file))
  }

  /**
   * Tells whether a folder is watched, if the one above it is.
   *
   * @param {string} folder its path below the watched folder.
   */
  includesFolder(folder) {
    const name = slashed(folder)
    if (EXCLUDED_FOLDERS.has(path.basename(folder))) return false
    if (HIDDEN.test(name) && !this.#hiddenFolders.some((expression) => expression.test(name))) return false
    return !this.#excludes.some((matches) => matches(folder))
  }
}

function plainOf(pattern) {
  return pattern.replace(/^\.\//, '').replace(/\/+$/, '')
}

function slashed(file) {
  return file.split(path.sep).join('/')
}

/** Gives the patterns of the folders that lead to the files of a pattern. */
function foldersOf(pattern) {
  const names = pattern.split('/')
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'))
}

/** Makes the function that tells whether a path, or its name, matches a glob pattern. */
function toMatcher(plain) {
  const expression = toExpression(plain, '')
  return (file) => expression.test(plain.includes('/') ? slashed(file) : path.basename(file))
}

/** Makes a regular expression of a glob pattern; `first` comes ahead of a wildcard that begins a name. */
function toExpression(plain, first) {
  const anyName = `${first}[^/]*`
  const names = plain.split('/')
  const last = names.pop()
  const folders = names.map((name) => (name === '**' ? `(?:${anyName}/)*` : `${toName(name, first)}/`))
  return new RegExp(`^${folders.join('')}${last === '**' ? `(?:${anyName}/)*${anyName}` : toName(last, first)}$`)
}

function toName(name, first) {
  return (/^[*?[]/.test(name) ? first : '') + name.replace(/\*+|\?|\[[^\]]+\]|[^]/g, translate)
}

function translate(token) {
  if (token.startsWith('*')) return '[^/]*'
  if (token === '?') return '[^/]'
  if (token.length > 1) return token.replace(/^\[!/, '[^/').replaceAll('\\', '\\\\')
  return token.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

module.exports = { Patterns }

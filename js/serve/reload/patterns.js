'use strict'

const path = require('node:path')

/** Folders that are never watched: bytecode and installed packages. */
const EXCLUDED_FOLDERS = new Set(['__pycache__', 'node_modules', 'venv', 'site-packages'])

/** Matches a path that has a name which begins with a dot. */
const HIDDEN = /(?:^|\/)\./

/** The part of a regular expression before a wildcard that must not match a dot at the beginning of a name. */
const NO_DOT = '(?!\\.)'

/**
 * Decides which files of a folder are watched. As in a shell, wildcards do not match a dot at the beginning of a name.
 */
class Patterns {
  #names
  #paths
  #hiddenFolders
  #excludes

  /**
   * @param {string[]} includes glob patterns of files, in addition to `*.py`. A pattern without a slash is compared
   *   with the name, one with a slash with the path below the watched folder; `**` matches any number of folders.
   * @param {string[]} excludes glob patterns of files and folders, which take precedence over `includes`; their
   *   wildcards match leading dots, too.
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
   * Whether a file is watched, given that its folder is.
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
   * Whether a folder is watched, given that its parent is.
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

/** Returns the patterns of all parent folders of a pattern. */
function foldersOf(pattern) {
  const names = pattern.split('/')
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join('/'))
}

/** Makes a function that checks whether a path, or its name, matches a glob pattern. */
function toMatcher(plain) {
  const expression = toExpression(plain, '')
  return (file) => expression.test(plain.includes('/') ? slashed(file) : path.basename(file))
}

/** Converts a glob pattern to a regular expression; `first` is put before each wildcard at the beginning of a name. */
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

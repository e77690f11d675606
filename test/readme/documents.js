'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { Markdown, root } = require('./markdown')

/** Whether a folder has no document of ours: packages, and what builds and tools keep in hidden ones. */
const isOthers = (name) => name === 'node_modules' || name.startsWith('.')

/** Finds every document of the repository, as paths from its root. */
function filesIn(folder = '') {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) return isOthers(entry.name) ? [] : filesIn(name)
    return name.endsWith('.md') ? [name] : []
  })
}

/** Every document, README.md first. */
const documents = ['README.md', ...filesIn().filter((file) => file !== 'README.md')].map((file) => new Markdown(file))

/**
 * Gives the one document that has a table below a heading.
 *
 * @param {string} heading
 * @returns {string[][]} the rows as cells.
 */
function tableOf(heading) {
  const tables = documents.map((document) => document.tableOf(heading)).filter((rows) => rows.length > 0)
  if (tables.length !== 1) throw new Error(`${tables.length} documents have a table below ${heading}`)
  return tables[0]
}

module.exports = { documents, tableOf }

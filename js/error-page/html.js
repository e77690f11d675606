'use strict'

const { STYLE } = require('./style')

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Makes the page of an error, without any script.
 *
 * @param {object} problem of problemOf.
 * @param {{ line: string, headers: string[][] }} request
 * @returns {string}
 */
function pageOf(problem, request) {
  const { type, message, traceback, causes } = problem
  const text = traceback === null
    ? ''
    : `<section><h2>As text</h2>\n<pre>${escaped(traceback.trimEnd())}</pre></section>`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(`${type}: ${firstLine(message)}`)}</title>
<style>${STYLE}</style>
<header>
<p class="request">${escaped(request.line)}</p>
<h1>${escaped(type)}</h1>
<p class="message">${escaped(message)}</p>
</header>
<main>
${framesSection(problem)}
${causes.map(causeSection).join('\n')}
<section><h2>Request</h2>
${table(request.headers)}</section>
${text}
</main>
</html>
`
}

function framesSection({ frames }) {
  if (frames.length === 0) return ''
  return `<section><h2>Traceback <small>most recent call first</small></h2>\n${frameList(frames)}</section>`
}

function causeSection({ type, message, frames }) {
  return `<section><h2>Caused by ${escaped(type)}</h2>
<p class="message">${escaped(message)}</p>
${frameList(frames)}</section>`
}

/** Shows frames. Consecutive frames of libraries are folded into one element that the reader can open. */
function frameList(frames) {
  const items = []
  let libraries = []
  const close = () => {
    if (libraries.length > 1) {
      items.push(`<details class="libraries"><summary>${libraries.length} frames of libraries</summary>`)
      items.push(...libraries, '</details>')
    } else items.push(...libraries)
    libraries = []
  }
  for (const [at, frame] of frames.entries()) {
    const isShown = at === 0 || frame.variables !== null || frame.isOwn
    if (isShown) close()
    ;(isShown ? items : libraries).push(frameItem(frame, isShown))
  }
  close()
  return items.join('\n')
}

function frameItem({ name, file, line, first, lines, variables, isOwn }, isOpen) {
  const code = lines.map((text, at) => {
    const number = first + at
    return `<li${number === line ? ' class="here"' : ''} value="${number}"><code>${escaped(text) || ' '}</code></li>`
  })
  const source = code.length === 0 ? '' : `<ol class="source">${code.join('')}</ol>`
  const values = variables === null || variables.length === 0 ? '' : `<h3>Variables</h3>\n${table(variables)}`
  const cut = file.lastIndexOf('/') + 1
  return `<details class="${isOwn ? 'own' : 'library'}"${isOpen ? ' open' : ''}>
<summary><span class="folder">${escaped(file.slice(0, cut))}</span><b>${escaped(file.slice(cut))}:${line}</b>${
    name === '' ? '' : ` in <b>${escaped(name)}</b>`
  }</summary>
${source}
${values}</details>`
}

function table(rows) {
  const cells = rows.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`)
  return `<table>${cells.join('')}</table>`
}

function firstLine(text) {
  return text.split('\n', 1)[0]
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ESCAPES[character])
}

module.exports = { pageOf }

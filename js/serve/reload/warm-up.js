'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { PythonHandler } = require('../..')

/** A callable of the standard library, to load Python and its event loop; it is never called. */
const ANYTHING = 'asyncio:sleep'

/**
 * By package: a target in a framework that is slow to import and whose import has no side effects. It needs arguments, since a
 * class that needs none would be taken for a factory, and called.
 */
const FRAMEWORKS = {
  django: 'django.core.handlers.asgi:ASGIRequest',
  fastapi: 'fastapi:HTTPException',
  litestar: 'litestar:Request',
  quart: 'quart:Request',
  starlette: 'starlette.applications:Request',
}

/**
 * Loads Python, its event loop and the app's framework in advance. They are loaded as apps of the same folder, so that
 * `sys.path` is the same as if the app came first.
 *
 * @param {object} settings of `parse`.
 * @returns {Promise<void>} resolves even if something cannot be loaded: then loading the app reports it.
 */
async function warmUp(settings) {
  for (const target of [ANYTHING, ...frameworksOf(settings)]) {
    try {
      await new PythonHandler(target, optionsOf(settings)).close()
    } catch (error) {
      if (!String(error.code).startsWith('ERR_ASGI_')) throw error
    }
  }
}

function optionsOf({ appDir, loop, python, thread }) {
  const given = { loop, python: python ?? undefined, thread: thread ?? undefined }
  return { ...given, docroot: appDir, interface: 'asgi3', lifespan: 'off' }
}

/** Finds the frameworks that the app's file imports. */
function frameworksOf({ appDir, target }) {
  const file = path.join(appDir, ...target.split(':')[0].split('.'))
  const text = textOf(`${file}.py`) ?? textOf(path.join(file, '__init__.py')) ?? ''
  const names = new Set(Array.from(text.matchAll(/^[ \t]*(?:from|import)[ \t]+(\w+)/gm), ([, name]) => name))
  return Object.keys(FRAMEWORKS).filter((name) => names.has(name)).map((name) => FRAMEWORKS[name])
}

function textOf(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

module.exports = { warmUp }

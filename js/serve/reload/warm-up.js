'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { PythonHandler } = require('../..')

/** Something that can be called, which is there with every Python. Nobody calls it. */
const ANYTHING = 'asyncio:sleep'

/** What takes long to import, and does the same whenever it is imported. */
const FRAMEWORKS = {
  django: 'django.core.handlers.asgi:ASGIHandler',
  fastapi: 'fastapi:FastAPI',
  litestar: 'litestar:Litestar',
  quart: 'quart:Quart',
  starlette: 'starlette.applications:Starlette',
}

/**
 * Loads Python, its event loop and the framework of an app, so that they are there when the app comes. They are loaded as
 * apps of the same folder, so that it finds everything as if it came first.
 *
 * @param {object} settings those of the command.
 * @returns {Promise<void>} also where something is not there to be loaded, which the app itself will say.
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

/** Gives the targets of the frameworks that the app's file imports. */
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

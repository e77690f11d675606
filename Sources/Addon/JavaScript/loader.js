// A CommonJS loader for the files of this folder, which Core.swift compiles.
;(function (files, native) {
  'use strict'

  const loaded = new Map([['native', native]])

  /**
   * Loads './name', a file of this folder; 'native', the addon's functions and memory for this thread; or 'node:name', one of
   * Node's modules, which is undefined before Node 20.16.
   */
  function require(name) {
    if (loaded.has(name)) return loaded.get(name)
    if (name.startsWith('node:')) return process.getBuiltinModule?.(name)
    const run = files[name]
    if (run === undefined) {
      throw new Error(
        `${name} is not in Addon/Core.swift, or is required in a circle: add it there, or break the circle`,
      )
    }
    files[name] = undefined
    const module = { exports: {} }
    run(module.exports, require, module)
    loaded.set(name, module.exports)
    return module.exports
  }

  return require('./index')
})
//# sourceURL=python-node/core/loader.js

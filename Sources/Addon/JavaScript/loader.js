// Gives the files of this folder `require` and `module`, as CommonJS has them; Core.swift compiles them.
;(function (files, native) {
  'use strict'

  const loaded = new Map([['native', native]])

  /**
   * A file of this folder as './name', run when it is first required; 'native', which is the addon's functions and memory
   * for this thread; or a module of Node's as 'node:name', undefined before Node 20.16.
   */
  function require(name) {
    if (loaded.has(name)) return loaded.get(name)
    if (name.startsWith('node:')) return process.getBuiltinModule?.(name)
    const run = files[name]
    if (run === undefined) throw new Error(`${name} is no file of the addon, or requires itself by way of others`)
    files[name] = undefined
    const module = { exports: {} }
    run(module.exports, require, module)
    loaded.set(name, module.exports)
    return module.exports
  }

  return require('./index')
})
//# sourceURL=python-node/core/loader.js

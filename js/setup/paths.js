'use strict'

const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')

/** Where things are, all derived from this file's own place, so that a clone works wherever it lies. */
module.exports = {
  root,
  addon: path.join(root, 'python-node.node'),
  build: path.join(root, '.build'),
  virtualEnvironment: path.join(root, '.venv'),
  nodeModules: path.join(root, 'node_modules'),
}

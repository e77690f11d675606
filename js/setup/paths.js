'use strict'

const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')

/** The paths of a checkout, relative to this file. */
module.exports = {
  root,
  addon: path.join(root, 'python-node.node'),
  build: path.join(root, '.build'),
  virtualEnvironment: path.join(root, '.venv'),
  nodeModules: path.join(root, 'node_modules'),
}

'use strict'

const fs = require('node:fs')
const { record } = require('./prebuilt')

// What npm runs after it has packed: a checkout has no record of its addon, see install.js.
fs.rmSync(record, { force: true })

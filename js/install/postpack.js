'use strict'

const fs = require('node:fs')
const { record } = require('./prebuilt')

// The npm script `postpack`: removes the record of the addon again, see install.js.
fs.rmSync(record, { force: true })

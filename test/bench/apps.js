'use strict'

const path = require('node:path')

/** Where the apps are. */
const APPS = path.join(__dirname, '..', '..', 'Fixtures', 'apps')

module.exports = { APPS }

'use strict'

const { Connection } = require('./connection')
const { StatelessServer } = require('./stateless-server')

exports.Connection = Connection
exports.StatelessServer = StatelessServer

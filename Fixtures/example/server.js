'use strict'

const http = require('node:http')
const { PythonHandler } = require('../..') // in a project of your own: require('python-node')

const { HOST = '127.0.0.1', PORT = 8000 } = process.env
const handler = new PythonHandler('main:app', { docroot: __dirname })
const server = http.createServer(handler.listener)
server.listen(Number(PORT), HOST)

module.exports = { handler, server }

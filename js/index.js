'use strict'

const { core } = require('./binding')
const { Connection } = require('./raw/connection')
const { kwargs } = require('./functions/keyword-arguments')
const { PythonHandler } = require('./handler')
const { Headers } = require('./messages/headers')
const { Request } = require('./messages/request')
const { Response } = require('./messages/response')
const rewrite = require('./rewrite')
const { StatelessServer } = require('./raw/stateless-server')

// Assigned one by one, so that Node finds the names for `import { … }`.

exports.PythonHandler = PythonHandler
exports.Python = PythonHandler

exports.Request = Request
exports.Response = Response
exports.Headers = Headers

exports.Connection = Connection
exports.StatelessServer = StatelessServer

exports.kwargs = kwargs

exports.Rewriter = rewrite.Rewriter
exports.PathRewriter = rewrite.PathRewriter
exports.HrefRewriter = rewrite.HrefRewriter
exports.HeaderRewriter = rewrite.HeaderRewriter
exports.MethodRewriter = rewrite.MethodRewriter
exports.SequenceRewriter = rewrite.SequenceRewriter
exports.ConditionalRewriter = rewrite.ConditionalRewriter

exports.PathCondition = rewrite.PathCondition
exports.HeaderCondition = rewrite.HeaderCondition
exports.MethodCondition = rewrite.MethodCondition
exports.ExistenceCondition = rewrite.ExistenceCondition
exports.NonExistenceCondition = rewrite.NonExistenceCondition
exports.GroupCondition = rewrite.GroupCondition

exports.AsgiError = core.errors.AsgiError
exports.errors = core.errors.codes

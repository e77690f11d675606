'use strict'

const conditions = require('./conditions')
const { Rewriter } = require('./configured')
const rewriters = require('./rewriters')

exports.Rewriter = Rewriter
exports.PathRewriter = rewriters.PathRewriter
exports.HrefRewriter = rewriters.HrefRewriter
exports.HeaderRewriter = rewriters.HeaderRewriter
exports.MethodRewriter = rewriters.MethodRewriter
exports.SequenceRewriter = rewriters.SequenceRewriter
exports.ConditionalRewriter = rewriters.ConditionalRewriter

exports.PathCondition = conditions.PathCondition
exports.HeaderCondition = conditions.HeaderCondition
exports.MethodCondition = conditions.MethodCondition
exports.ExistenceCondition = conditions.ExistenceCondition
exports.NonExistenceCondition = conditions.NonExistenceCondition
exports.GroupCondition = conditions.GroupCondition

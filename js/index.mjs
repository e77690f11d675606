import main from './index.js'

export default main

export const {
  PythonHandler,
  Python,

  Request,
  Response,
  Headers,

  Connection,
  StatelessServer,

  kwargs,

  Rewriter,
  PathRewriter,
  HrefRewriter,
  HeaderRewriter,
  MethodRewriter,
  SequenceRewriter,
  ConditionalRewriter,

  PathCondition,
  HeaderCondition,
  MethodCondition,
  ExistenceCondition,
  NonExistenceCondition,
  GroupCondition,

  AsgiError,
  errors,
} = main

/** Conditions and rewriters, which change a request before the app gets it: for the option `rewriter` of a handler. */
export {
  ConditionalRewriter,
  ExistenceCondition,
  GroupCondition,
  HeaderCondition,
  HeaderRewriter,
  HrefRewriter,
  MethodCondition,
  MethodRewriter,
  NonExistenceCondition,
  PathCondition,
  PathRewriter,
  Rewriter,
  SequenceRewriter,
} from '../index.js'

/** Rules that change a request before the app gets it. */
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

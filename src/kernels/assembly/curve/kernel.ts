// The kernel of secp256k1.
export { isFused } from './field'
export {
  keysOffset,
  learnKeys,
  makeGeneratorTable,
  signaturesLimit,
  signaturesOffset,
  verdictsOffset,
  verify,
} from './knownKeys'

// The kernel of secp256k1: many signatures at once, in pairs of two.
export { isFused } from './field'
export { makeGeneratorTable } from './generator'
export { keysOffset, learnKeys, verify } from './knownKeys'
export { recoveredOffset, recoverKeys } from './recoverKeys'
export { signaturesLimit, signaturesOffset, verdictsOffset } from './signatures'

export { GENESIS_HASH, rewindOf, validLog, withFolder } from '../testLog.ts'
export { encodedEntries, entriesOf, NO_STATE, testSigner } from './entries.ts'

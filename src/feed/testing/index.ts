export { GENESIS_HASH, rewindOf, validLog, withFolder } from '../testLog.ts'
export { duplexPair, type TestDuplex } from './duplexPair.ts'
export { encodedEntries, entriesOf, NO_STATE, testSigner } from './entries.ts'
export { ListSource } from './ListSource.ts'

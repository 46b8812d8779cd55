export { EntryStoreError } from './EntrySegment.ts'
export { EntryStore, type EntryStoreOptions } from './EntryStore.ts'

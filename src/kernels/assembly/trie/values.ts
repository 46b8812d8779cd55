/*
 * A trie of any values, instead of a state: published vectors of tries come in this form. Records are a hashed key (32
 * bytes), the value's length (u32, at most 255; 0 removes the key) and its bytes.
 */

import { CHANGE_BYTES, CHANGE_FLAGS, CHANGE_KEY, CHANGE_LENGTH, CHANGE_VALUE, CREATES, REMOVES } from './change'
import { prepareUpdate, updateTrie } from './update'
import { resetScratch, scratch, takeScratch } from './memory'
import { ENTRY_BYTES, ENTRY_INDEX, sortEntries } from './sorting'
import { copy32, equalKeys } from './nodes'

const RECORD_LENGTH: usize = 32
const RECORD_VALUE: usize = 36

/** Applies the records at the start of scratch, `bytes` in all. Of several records of a key the last counts. */
export function applyValueRecords(root: usize, count: u32, bytes: u32, hashFrom: u32): void {
  resetScratch(bytes)
  prepareUpdate()
  const keys = takeScratch(<usize>count << 5)
  const records = takeScratch(<usize>count << 2)
  const entries = takeScratch(<usize>count * ENTRY_BYTES)
  let record = scratch
  for (let index: u32 = 0; index < count; index++) {
    copy32(keys + (<usize>index << 5), record)
    store<u32>(records + (<usize>index << 2), <u32>record)
    store<u64>(entries + <usize>index * ENTRY_BYTES, bswap<u64>(load<u64>(record)))
    store<u32>(entries + <usize>index * ENTRY_BYTES, index, ENTRY_INDEX)
    record += RECORD_VALUE + load<u32>(record, RECORD_LENGTH)
  }
  const sorted = sortEntries(entries, takeScratch(<usize>count * ENTRY_BYTES), count, keys)
  const changes = takeScratch(<usize>count * CHANGE_BYTES)
  let end = changes
  for (let i: u32 = 0; i < count; i++) {
    const at = load<u32>(records + (<usize>load<u32>(sorted + <usize>i * ENTRY_BYTES, ENTRY_INDEX) << 2))
    if (end == changes || !equalKeys(at, load<u32>(end - CHANGE_BYTES))) end += CHANGE_BYTES
    setChange(end - CHANGE_BYTES, at)
  }
  updateTrie(changes, root, 0, <u32>(end - changes) / CHANGE_BYTES, false, hashFrom)
}

function setChange(change: usize, record: usize): void {
  const length = load<u32>(record, RECORD_LENGTH)
  store<u32>(change, <u32>record, CHANGE_KEY)
  store<u32>(change, <u32>(record + RECORD_VALUE), CHANGE_VALUE)
  store<u32>(change, length == 0 ? REMOVES : CREATES, CHANGE_FLAGS)
  store<u32>(change, length, CHANGE_LENGTH)
}

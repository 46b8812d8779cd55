// Hashes of 64 bytes: where Solidity keeps the entries of mappings. The same holders, pools and allowances come again and
// again, so the last hashes are kept by their input; a hit costs a tenth of a permutation.

import { keccak256Of64 } from './keccak'
import { MAPPING_HASHES_BYTES, mappingHashes } from './layout'

const ENTRY_BYTES: usize = 96 // input 64, hash 32 (big-endian)
const ENTRIES: u32 = <u32>(MAPPING_HASHES_BYTES / ENTRY_BYTES)

/** keccak256 of the 64 bytes at `from`, big-endian, to `to`. */
export function keccak256OfMappingKey(from: usize, to: usize): void {
  const a = load<u64>(from, 24) // a key's low bytes, as numbers and addresses have them
  const b = load<u64>(from, 16)
  const c = load<u64>(from, 56) // the slot's low bytes
  const mixed = (a ^ (b * 0x9e3779b97f4a7c15) ^ (c << 17)) * 0x9fb21c651e98df25
  const entry = mappingHashes + <usize>(<u32>(mixed >> 48) & (ENTRIES - 1)) * ENTRY_BYTES
  if (!sameInput(entry, from)) {
    v128.store(entry, v128.load(from))
    v128.store(entry, v128.load(from, 16), 16)
    v128.store(entry, v128.load(from, 32), 32)
    v128.store(entry, v128.load(from, 48), 48)
    keccak256Of64(from, entry + 64)
  }
  v128.store(to, v128.load(entry, 64))
  v128.store(to, v128.load(entry, 80), 16)
}

/** An entry that was never written holds zeros, which is no hash: the zero input is told apart by its hash. */
@inline
function sameInput(entry: usize, from: usize): bool {
  const difference = v128.or(
    v128.or(v128.xor(v128.load(entry), v128.load(from)), v128.xor(v128.load(entry, 16), v128.load(from, 16))),
    v128.or(v128.xor(v128.load(entry, 32), v128.load(from, 32)), v128.xor(v128.load(entry, 48), v128.load(from, 48))),
  )
  return !v128.any_true(difference) && load<u64>(entry, 64) != 0
}

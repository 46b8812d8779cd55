// An entry of a batch: see protocol/preparedTransaction.ts.

export const ENTRY_RAW_LENGTH: usize = 0 // u32
export const ENTRY_AUTHORITY_COUNT: usize = 4 // u16
export const ENTRY_SENDER: usize = 8 // 20 bytes
export const ENTRY_HASH: usize = 28 // 32 bytes: keccak256 of the raw transaction; zero where it is still to be computed
export const ENTRY_AUTHORITIES: usize = 60 // 21 bytes each, see TX_AUTHORITIES_PTR; then the raw transaction
const AUTHORITY_BYTES: usize = 21

/** Where an entry's raw transaction begins. */
@inline
export function rawOf(entry: usize): usize {
  return entry + ENTRY_AUTHORITIES + AUTHORITY_BYTES * <usize>load<u16>(entry, ENTRY_AUTHORITY_COUNT)
}

/*
 * Where everything stands in the memory of the kernel that reads bodies. Each table has room for its limit
 * (feed/compact/limits.ts); the system commits what is written of it.
 */

const MIB: usize = 1 << 20

/** Per column, in the order of the specification: u32 where it is read next · u32 where it ends. */
export const CURSORS: usize = MIB / 2
/** Base fee of the open block, 32 bytes, big-endian. */
export const BASE_FEE: usize = CURSORS + 256
/** Bytes that the host hands over, or is told of: an address. */
export const EXCHANGE: usize = CURSORS + 512

/** All columns of a body, one behind the other. */
export const COLUMNS: usize = MIB
/** The payload of the chunk that is being read. */
export const OUTPUT: usize = COLUMNS + 257 * MIB
/** What a record may have, and its frame's head. */
export const OUTPUT_LIMIT: u32 = 32 * 1024 * 1024 + 64

// The dictionary.

export const MAX_ADDRESSES: u32 = 1 << 20
export const MAX_WORDS: u32 = 1 << 16
export const MAX_FEES: u32 = 1 << 12
export const MAX_CALLS: u32 = 1 << 16
export const MAX_RECEIPTS: u32 = 1 << 11
export const MAX_PATTERNS: u32 = 1 << 14
export const MAX_DIFF_ADDRESSES: u32 = 1 << 17
export const MAX_DIFF_SLOTS: u32 = 1 << 18

export const ADDRESS_BYTES: usize = 64
export const FEES_BYTES: usize = 256
export const CALL_BYTES: usize = 96
export const PATTERN_BYTES: usize = 400
/** Places where patterns are found; twice as many as there can be. */
export const PATTERN_PLACES: u32 = MAX_PATTERNS * 2

export const ADDRESSES: usize = OUTPUT + 33 * MIB
export const WORDS: usize = ADDRESSES + <usize>MAX_ADDRESSES * ADDRESS_BYTES
export const FEES: usize = WORDS + <usize>MAX_WORDS * 32
/** One more of each kind: what is described when there is no room is used once. */
export const CALLS: usize = FEES + <usize>(MAX_FEES + 1) * FEES_BYTES
export const RECEIPTS: usize = CALLS + <usize>(MAX_CALLS + 1) * CALL_BYTES
/** The largest kind of receipts takes less than 18 KiB. */
export const RECEIPT_KINDS: usize = RECEIPTS + <usize>(MAX_RECEIPTS + 1) * 4 + 12
export const PATTERNS: usize = RECEIPT_KINDS + <usize>(MAX_RECEIPTS + 1) * (18 * 1024)
export const PATTERN_INDEX: usize = PATTERNS + <usize>(MAX_PATTERNS + 1) * PATTERN_BYTES
export const DIFF_ADDRESSES: usize = PATTERN_INDEX + <usize>PATTERN_PLACES * 4
export const DIFF_SLOTS: usize = DIFF_ADDRESSES + <usize>MAX_DIFF_ADDRESSES * 20
const DICTIONARY_END: usize = DIFF_SLOTS + <usize>MAX_DIFF_SLOTS * 52

// What is remembered of mappings' slots.

export const MAPPING_PLACES: u32 = 1 << 17
export const MAPPING_BYTES: usize = 64
export const MAPPINGS: usize = (DICTIONARY_END + 63) & ~63

// What waits for hashes.

export const WAITING_TERMS: u32 = 4096
export const WAITING_TERM_BYTES: usize = 48
export const WAITING_EFFECTS: u32 = 4096
export const WAITING_EFFECT_BYTES: usize = 96
export const TERMS: usize = MAPPINGS + <usize>MAPPING_PLACES * MAPPING_BYTES
export const EFFECTS: usize = TERMS + <usize>WAITING_TERMS * WAITING_TERM_BYTES

// The prediction of a chunk. Names and old values stand together: many are read at once.

export const MAX_PREDICTED_SLOTS: u32 = 1 << 20
export const SLOT_PLACES: u32 = MAX_PREDICTED_SLOTS * 2

export const ACCOUNT_IDS: usize = EFFECTS + <usize>WAITING_EFFECTS * WAITING_EFFECT_BYTES
export const ACCOUNT_NAMES: usize = ACCOUNT_IDS + <usize>MAX_ADDRESSES * 4
export const ACCOUNT_NONCES: usize = ACCOUNT_NAMES + <usize>MAX_ADDRESSES * 20
export const ACCOUNT_BALANCES: usize = ACCOUNT_NONCES + <usize>MAX_ADDRESSES * 8
export const OLD_ACCOUNTS: usize = ACCOUNT_BALANCES + <usize>MAX_ADDRESSES * 32
export const OLD_ACCOUNT_BYTES: usize = 72

export const SLOT_NAMES: usize = OLD_ACCOUNTS + <usize>MAX_ADDRESSES * OLD_ACCOUNT_BYTES
export const SLOT_NAME_BYTES: usize = 52
export const SLOT_VALUES: usize = SLOT_NAMES + <usize>MAX_PREDICTED_SLOTS * SLOT_NAME_BYTES
export const OLD_SLOTS: usize = SLOT_VALUES + <usize>MAX_PREDICTED_SLOTS * 32
export const SLOT_MODES: usize = OLD_SLOTS + <usize>MAX_PREDICTED_SLOTS * 32
export const SLOT_INDEX: usize = SLOT_MODES + <usize>MAX_PREDICTED_SLOTS

// Codes of a diff: u32 where · u32 length · hash 32.

export const CODE_BYTES: usize = 40
/** More don't fit a record. */
export const MAX_CODES: u32 = 1 << 20
export const CODES: usize = SLOT_INDEX + <usize>SLOT_PLACES * 4

// Where each transaction of the chunk begins in the payload, u32, and where the last one ends.

/** More don't fit a record. */
const MAX_TRANSACTIONS: u32 = OUTPUT_LIMIT / 60
export const STARTS: usize = CODES + <usize>MAX_CODES * CODE_BYTES
export const MEMORY_BYTES: usize = STARTS + <usize>(MAX_TRANSACTIONS + 2) * 4

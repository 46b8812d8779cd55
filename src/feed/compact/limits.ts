/** Addresses of one dictionary. */
export const MAX_ADDRESSES: number = 1 << 20
/** Words of one dictionary. */
export const MAX_WORDS: number = 1 << 16
/** Kinds of fees, calls and receipts of one dictionary; what comes after is described each time. */
export const MAX_FEES: number = 1 << 12
export const MAX_CALLS: number = 1 << 16
export const MAX_RECEIPTS: number = 1 << 11
/** Patterns of one dictionary, and effects of one pattern. */
export const MAX_PATTERNS: number = 1 << 14
export const MAX_EFFECTS = 8
/** Addresses and slots that only diffs name. */
export const MAX_DIFF_ADDRESSES: number = 1 << 17
export const MAX_DIFF_SLOTS: number = 1 << 18
/** Words that a transaction's later words can be said to equal. */
export const MAX_LISTED_WORDS = 64
/** Words of call data that are told one by one: with sender, recipient and value they fit the list. */
export const MAX_CALL_WORDS = 60
/** Addresses, topics and words of data in one receipt. */
export const MAX_RECEIPT_WORDS = 128
/** Slots that the prediction of one chunk's diff touches. */
export const MAX_PREDICTED_SLOTS: number = 1 << 20
/** Bodies of one dictionary: so much a reader who comes in the middle has to pass over. */
export const DICTIONARY_BODY_BYTES: number = 24 * 1024 * 1024
/** All columns of a body together. */
export const MAX_COLUMNS_BYTES: number = 256 * 1024 * 1024
/** All frames of one entry. */
export const MAX_FRAMES_BYTES: number = 1024 * 1024 * 1024

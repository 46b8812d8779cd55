/** Requests that a client has open at once. */
export const MAX_OPEN_REQUESTS = 16
/** Requests that a server takes at once; more, since a client may hear that one has ended before the server knows it. */
export const MAX_SERVED_REQUESTS: number = 2 * MAX_OPEN_REQUESTS
/** Bytes that a client lets the server send ahead of what it has taken, of each request. */
export const CREDIT_BYTES: number = 4 * 1024 * 1024
/** Most credit that a request may have. */
export const MAX_CREDIT_BYTES: number = 64 * 1024 * 1024
/** A part of an item is so large at most: others have their turn in between. */
export const PART_BYTES: number = 64 * 1024
/** Largest genesis that is taken. */
export const MAX_GENESIS_BYTES: number = 16 * 1024 * 1024
/** Largest piece of a snapshot. */
export const MAX_PIECE_BYTES: number = 4 * 1024 * 1024
/** Largest answer that is one item: some KB for each transaction of a frame that is full of small ones. */
export const MAX_ANSWER_BYTES: number = 8 * 1024 * 1024

// Why a transaction is refused before it runs. Numbers from 1 on are decoding errors (transactionError.ts), these follow;
// the names and messages are in ../refusals.ts, in the same order.

export const REFUSED_TYPE_4_PRE_FORK: i32 = 200
export const REFUSED_CHAIN_ID: i32 = 201
export const REFUSED_GAS_CAP: i32 = 202
export const REFUSED_NONCE_MAX: i32 = 203
export const REFUSED_BLOCK_GAS: i32 = 204
export const REFUSED_PRIORITY_FEE: i32 = 205
export const REFUSED_MAX_FEE: i32 = 206
export const REFUSED_BLOB_COUNT: i32 = 207
export const REFUSED_BLOB_HASH: i32 = 208
export const REFUSED_BLOB_GAS: i32 = 209
export const REFUSED_BLOB_FEE: i32 = 210
export const REFUSED_INIT_CODE_SIZE: i32 = 211
export const REFUSED_INTRINSIC_GAS: i32 = 212
export const REFUSED_FLOOR_GAS: i32 = 213
export const REFUSED_SENDER_CODE: i32 = 214
export const REFUSED_NONCE_LOW: i32 = 215
export const REFUSED_NONCE_HIGH: i32 = 216
export const REFUSED_FUNDS: i32 = 217
export const REFUSED_TYPE_3_PRE_FORK: i32 = 218

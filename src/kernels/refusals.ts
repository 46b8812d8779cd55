/** Why the engine kernel refuses a decoded transaction, in the order of assembly/refusals.ts, from 200 on. */
export const FIRST_REFUSAL = 200

/**
 * Name (execution-spec-tests, TransactionException) and message in geth's words. In a message `{a}` and `{b}` stand for
 * the two numbers that the kernel leaves, `{sender}` for the sender's address.
 */
export const TRANSACTION_REFUSALS: readonly { code: string; message: string }[] = [
  { code: 'TYPE_4_TX_PRE_FORK', message: 'transaction type not supported' },
  { code: 'INVALID_CHAINID', message: 'invalid chain id for signer: have {a} want {b}' },
  { code: 'GAS_LIMIT_EXCEEDS_MAXIMUM', message: 'transaction gas limit too high (cap: {a}, tx: {b})' },
  { code: 'NONCE_IS_MAX', message: 'nonce has max value: address {sender}, nonce: 18446744073709551615' },
  { code: 'GAS_ALLOWANCE_EXCEEDED', message: 'gas limit reached: have {a}, want {b}' },
  {
    code: 'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
    message:
      'max priority fee per gas higher than max fee per gas: address {sender}, maxPriorityFeePerGas: {a}, maxFeePerGas: {b}',
  },
  {
    code: 'INSUFFICIENT_MAX_FEE_PER_GAS',
    message: 'max fee per gas less than block base fee: address {sender}, maxFeePerGas: {a}, baseFee: {b}',
  },
  {
    code: 'TYPE_3_TX_BLOB_COUNT_EXCEEDED',
    message: 'too many blobs in transaction: have {a}, permitted {b}',
  },
  { code: 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH', message: 'blob 0 has invalid hash version' },
  {
    code: 'TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED',
    message: 'blob gas limit reached: transaction {a}, block {b}',
  },
  {
    code: 'INSUFFICIENT_MAX_FEE_PER_BLOB_GAS',
    message:
      'max fee per blob gas less than block blob gas fee: address {sender}, blobGasFeeCap: {a}, blobBaseFee: {b}',
  },
  { code: 'INITCODE_SIZE_EXCEEDED', message: 'max initcode size exceeded: code size {a} limit {b}' },
  { code: 'INTRINSIC_GAS_TOO_LOW', message: 'intrinsic gas too low: have {a}, want {b}' },
  {
    code: 'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
    message: 'insufficient gas for floor data gas cost: have {a}, want {b}',
  },
  { code: 'SENDER_NOT_EOA', message: 'sender not an eoa: address {sender}' },
  { code: 'NONCE_MISMATCH_TOO_LOW', message: 'nonce too low: address {sender}, tx: {a} state: {b}' },
  { code: 'NONCE_MISMATCH_TOO_HIGH', message: 'nonce too high: address {sender}, tx: {a} state: {b}' },
  {
    code: 'INSUFFICIENT_ACCOUNT_FUNDS',
    message: 'insufficient funds for gas * price + value: address {sender} have {a} want {b}',
  },
  { code: 'TYPE_3_TX_PRE_FORK', message: 'transaction type not supported' },
]

/**
 * Why a transaction is refused before execution, named as execution-spec-tests names it
 * (ethereum_test_exceptions, TransactionException). A reverted or halted transaction is not an exception.
 */
export type TransactionExceptionCode = `TransactionException.${TransactionExceptionName}`

type TransactionExceptionName =
  // Decoding
  | 'RLP_ERROR_SIZE'
  | 'RLP_ERROR_SIZE_LEADING_ZEROS'
  | 'RLP_INVALID_HEADER'
  | 'RLP_INVALID_DATA'
  | 'RLP_INVALID_VALUE'
  | 'RLP_INVALID_TO'
  | 'RLP_INVALID_NONCE'
  | 'RLP_INVALID_GASLIMIT'
  | 'RLP_INVALID_SIGNATURE_R'
  | 'RLP_INVALID_SIGNATURE_S'
  | 'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG'
  | 'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT'
  | 'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG'
  | 'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT'
  | 'RLP_LEADING_ZEROS_NONCE'
  | 'RLP_LEADING_ZEROS_GASPRICE'
  | 'RLP_LEADING_ZEROS_GASLIMIT'
  | 'RLP_LEADING_ZEROS_VALUE'
  | 'RLP_LEADING_ZEROS_BASEFEE'
  | 'RLP_LEADING_ZEROS_PRIORITY_FEE'
  | 'RLP_LEADING_ZEROS_V'
  | 'RLP_LEADING_ZEROS_R'
  | 'RLP_LEADING_ZEROS_S'
  | 'RLP_TOO_FEW_ELEMENTS'
  | 'RLP_TOO_MANY_ELEMENTS'
  | 'ADDRESS_TOO_LONG'
  | 'ADDRESS_TOO_SHORT'
  | 'NONCE_OVERFLOW'
  | 'GASLIMIT_OVERFLOW'
  | 'GASPRICE_OVERFLOW'
  | 'VALUE_OVERFLOW'
  | 'PRIORITY_OVERFLOW'
  | 'TYPE_NOT_SUPPORTED'
  // Signature
  | 'INVALID_SIGNATURE_VRS'
  | 'EC_RECOVERY_FAIL'
  | 'INVALID_CHAINID'
  // Against itself and the block
  | 'INTRINSIC_GAS_TOO_LOW'
  | 'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST'
  | 'INITCODE_SIZE_EXCEEDED'
  | 'GASLIMIT_PRICE_PRODUCT_OVERFLOW'
  | 'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS'
  | 'INSUFFICIENT_MAX_FEE_PER_GAS'
  | 'INSUFFICIENT_MAX_FEE_PER_BLOB_GAS'
  | 'GAS_ALLOWANCE_EXCEEDED'
  | 'GAS_LIMIT_EXCEEDS_MAXIMUM'
  | 'NONCE_IS_MAX'
  | 'TYPE_1_TX_PRE_FORK'
  | 'TYPE_2_TX_PRE_FORK'
  | 'TYPE_3_TX_PRE_FORK'
  | 'TYPE_3_TX_ZERO_BLOBS'
  | 'TYPE_3_TX_BLOB_COUNT_EXCEEDED'
  | 'TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED'
  | 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH'
  | 'TYPE_3_TX_CONTRACT_CREATION'
  | 'TYPE_3_TX_WITH_FULL_BLOBS'
  | 'TYPE_4_TX_PRE_FORK'
  | 'TYPE_4_EMPTY_AUTHORIZATION_LIST'
  | 'TYPE_4_TX_CONTRACT_CREATION'
  | 'TYPE_4_INVALID_AUTHORIZATION_FORMAT'
  | 'TYPE_4_INVALID_AUTHORITY_SIGNATURE'
  // Against the sender's account
  | 'SENDER_NOT_EOA'
  | 'NONCE_MISMATCH_TOO_LOW'
  | 'NONCE_MISMATCH_TOO_HIGH'
  | 'INSUFFICIENT_ACCOUNT_FUNDS'

/** A refused transaction: `code` for programs, `message` for people. */
export type TransactionFailure = { ok: false; code: TransactionExceptionCode; message: string }

export function transactionFailure(name: TransactionExceptionName, message: string): TransactionFailure {
  return { ok: false, code: `TransactionException.${name}`, message }
}

/** What decodeTransaction of the engine kernel refuses. `code` is execution-spec-tests' name of it. */
export type TransactionDecodeError = { code: string; message: string }

/**
 * Error codes of assembly/transaction.ts; the index is the code, and 0 means that all is well. The order is that of
 * assembly/transactionError.ts.
 */
export const TRANSACTION_DECODE_ERRORS: readonly (TransactionDecodeError | undefined)[] = [
  undefined,
  refuse('RLP_ERROR_SIZE', 'rlp: an item is longer than what holds it'),
  refuse('RLP_ERROR_SIZE', 'rlp: bytes follow the transaction'),
  refuse('RLP_ERROR_SIZE_LEADING_ZEROS', 'rlp: a length is not in its shortest form'),
  refuse('RLP_INVALID_DATA', 'rlp: a single byte below 0x80 has a prefix'),
  refuse('RLP_INVALID_HEADER', 'a transaction starts with its type or with an RLP list'),
  refuse('TYPE_NOT_SUPPORTED', 'transaction type not supported'),
  refuse('RLP_TOO_FEW_ELEMENTS', 'the transaction has too few fields'),
  refuse('RLP_TOO_MANY_ELEMENTS', 'the transaction has too many fields'),
  refuse('TYPE_3_TX_WITH_FULL_BLOBS', 'a blob transaction in a block carries no blobs'),
  refuse('INVALID_CHAINID', 'chainId is over 64 bits'),
  refuse('RLP_INVALID_VALUE', 'chainId has leading zeros'),
  refuse('NONCE_OVERFLOW', 'nonce is over 64 bits'),
  refuse('RLP_LEADING_ZEROS_NONCE', 'nonce has leading zeros'),
  refuse('GASPRICE_OVERFLOW', 'gasPrice is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_GASPRICE', 'gasPrice has leading zeros'),
  refuse('PRIORITY_OVERFLOW', 'maxPriorityFeePerGas is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_PRIORITY_FEE', 'maxPriorityFeePerGas has leading zeros'),
  refuse('GASPRICE_OVERFLOW', 'maxFeePerGas is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_BASEFEE', 'maxFeePerGas has leading zeros'),
  refuse('GASLIMIT_OVERFLOW', 'gasLimit is over 64 bits'),
  refuse('RLP_LEADING_ZEROS_GASLIMIT', 'gasLimit has leading zeros'),
  refuse('RLP_INVALID_TO', 'to is a list where a byte string belongs'),
  refuse('ADDRESS_TOO_SHORT', 'to has fewer than 20 bytes'),
  refuse('ADDRESS_TOO_LONG', 'to has more than 20 bytes'),
  refuse('VALUE_OVERFLOW', 'value is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_VALUE', 'value has leading zeros'),
  refuse('RLP_INVALID_DATA', 'data is a list where a byte string belongs'),
  refuse('RLP_INVALID_DATA', 'accessList is not a list of [address, [storage key, ...]]'),
  refuse('RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT', 'an accessList address has fewer than 20 bytes'),
  refuse('RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG', 'an accessList address has more than 20 bytes'),
  refuse('RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT', 'an accessList storage key has fewer than 32 bytes'),
  refuse('RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG', 'an accessList storage key has more than 32 bytes'),
  refuse('RLP_INVALID_VALUE', 'maxFeePerBlobGas is over 256 bits'),
  refuse('RLP_INVALID_VALUE', 'maxFeePerBlobGas has leading zeros'),
  refuse('RLP_INVALID_DATA', 'blobVersionedHashes is not a list of byte strings'),
  refuse('TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH', 'a blob versioned hash has not 32 bytes'),
  refuse('TYPE_3_TX_ZERO_BLOBS', 'blob transaction missing blob hashes'),
  refuse('TYPE_3_TX_CONTRACT_CREATION', 'blob transaction of type create'),
  refuse(
    'TYPE_4_INVALID_AUTHORIZATION_FORMAT',
    'an authorization is not [chainId, address, nonce, yParity, r, s]',
  ),
  refuse('TYPE_4_EMPTY_AUTHORIZATION_LIST', 'EIP-7702 transaction with empty auth list'),
  refuse('TYPE_4_TX_CONTRACT_CREATION', 'EIP-7702 transaction cannot be used to create contract'),
  refuse(
    'INVALID_SIGNATURE_VRS',
    'invalid transaction v, r, s values: v or yParity is none of the allowed values',
  ),
  refuse('RLP_LEADING_ZEROS_V', 'v has leading zeros'),
  refuse('RLP_INVALID_SIGNATURE_R', 'r is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_R', 'r has leading zeros'),
  refuse('RLP_INVALID_SIGNATURE_S', 's is over 256 bits'),
  refuse('RLP_LEADING_ZEROS_S', 's has leading zeros'),
  refuse('INVALID_SIGNATURE_VRS', 'invalid transaction v, r, s values: r or s is not in 1..n-1'),
  refuse('INVALID_SIGNATURE_VRS', 'invalid transaction v, r, s values: s is in the upper half of its range'),
]

function refuse(name: string, message: string): TransactionDecodeError {
  return { code: `TransactionException.${name}`, message }
}

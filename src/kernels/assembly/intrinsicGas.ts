// What a transaction takes before it runs, told by its decoded form alone (transaction.ts).

import { countZeroBytes } from './bytes'
import {
  GAS_ACCESS_LIST_ADDRESS,
  GAS_ACCESS_LIST_KEY,
  GAS_AUTHORIZATION,
  GAS_CALLDATA_TOKEN,
  GAS_CALLDATA_TOKEN_FLOOR,
  GAS_INIT_CODE_WORD,
  GAS_TRANSACTION,
  GAS_TRANSACTION_CREATE,
  PRAGUE,
} from './gas'
import {
  TX_ACCESS_LIST_ADDRESS_COUNT,
  TX_ACCESS_LIST_KEY_COUNT,
  TX_AUTHORIZATION_COUNT,
  TX_DATA,
  TX_FLAG_CREATION,
  TX_FLAGS,
} from './transaction'

/** Tokens of the call data (EIP-7623): one for a zero byte, four for another. */
export function calldataTokens(tx: usize): u64 {
  const length = load<u32>(tx, TX_DATA + 4)
  return <u64>length * 4 - <u64>countZeroBytes(load<u32>(tx, TX_DATA), length) * 3
}

/** Yellow Paper g_0, with EIP-2028, 2930, 3860 and 7702. */
export function intrinsicGasOf(tx: usize, tokens: u64): u64 {
  let gas = GAS_TRANSACTION + tokens * GAS_CALLDATA_TOKEN
  if ((load<u32>(tx, TX_FLAGS) & TX_FLAG_CREATION) != 0) {
    gas += GAS_TRANSACTION_CREATE + ((<u64>load<u32>(tx, TX_DATA + 4) + 31) >> 5) * GAS_INIT_CODE_WORD
  }
  gas += <u64>load<u32>(tx, TX_ACCESS_LIST_ADDRESS_COUNT) * GAS_ACCESS_LIST_ADDRESS
  gas += <u64>load<u32>(tx, TX_ACCESS_LIST_KEY_COUNT) * GAS_ACCESS_LIST_KEY
  return gas + <u64>load<u32>(tx, TX_AUTHORIZATION_COUNT) * GAS_AUTHORIZATION
}

/** The least that call data costs (EIP-7623); 0 before Prague. */
export function floorGasOf(tokens: u64, fork: u32): u64 {
  return fork >= PRAGUE ? GAS_TRANSACTION + tokens * GAS_CALLDATA_TOKEN_FLOOR : 0
}

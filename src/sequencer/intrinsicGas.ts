import { FORK_RULES, type Fork } from '../protocol/index.ts'

const GAS_TRANSACTION = 21_000n
const GAS_CREATE = 32_000n
const GAS_CALLDATA_ZERO_BYTE = 4n
const TOKENS_NONZERO_BYTE = 4n
const GAS_INITCODE_WORD = 2n
const GAS_ACCESS_LIST_ADDRESS = 2_400n
const GAS_ACCESS_LIST_KEY = 1_900n
const GAS_AUTHORIZATION = 25_000n

/** What the price of a transaction before execution depends on. */
export type IntrinsicGasInput = {
  isCreation: boolean
  data: Uint8Array
  accessListAddressCount: number
  accessListKeyCount: number
  authorizationCount: number
}

/**
 * Gas that a transaction must bring: `intrinsic` is charged before execution (Yellow Paper g0 with EIP-2028, 2930,
 * 3860, 7702); `floor` is the least that is charged in the end (EIP-7623; 0 before Prague).
 */
export function intrinsicGas(input: IntrinsicGasInput, fork: Fork): { intrinsic: bigint; floor: bigint } {
  let zeroBytes = 0
  for (let i = 0; i < input.data.length; i++) if (input.data[i] === 0) zeroBytes++
  const tokens = BigInt(zeroBytes) + BigInt(input.data.length - zeroBytes) * TOKENS_NONZERO_BYTE
  const initcodeWords = BigInt((input.data.length + 31) >> 5)
  const intrinsic =
    GAS_TRANSACTION +
    tokens * GAS_CALLDATA_ZERO_BYTE +
    (input.isCreation ? GAS_CREATE + initcodeWords * GAS_INITCODE_WORD : 0n) +
    BigInt(input.accessListAddressCount) * GAS_ACCESS_LIST_ADDRESS +
    BigInt(input.accessListKeyCount) * GAS_ACCESS_LIST_KEY +
    BigInt(input.authorizationCount) * GAS_AUTHORIZATION
  const floorPerToken = FORK_RULES[fork].calldataFloorGasPerToken
  return { intrinsic, floor: floorPerToken === undefined ? 0n : GAS_TRANSACTION + tokens * floorPerToken }
}

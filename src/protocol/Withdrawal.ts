import { toBigInt } from '../lib/index.ts'
import { type RlpValue, rlpInteger } from './rlp.ts'

/** EIP-4895: ether that the consensus layer pays out. */
export type Withdrawal = {
  index: bigint
  validatorIndex: bigint
  /** 20 bytes. */
  address: Uint8Array
  /** In gwei, not wei. */
  amountGwei: bigint
}

/** The RLP form of a withdrawal: four fields. */
export function withdrawalToRlp(withdrawal: Withdrawal): RlpValue {
  const { index, validatorIndex, address, amountGwei } = withdrawal
  return [rlpInteger(index), rlpInteger(validatorIndex), address, rlpInteger(amountGwei)]
}

/** Inverse of {@link withdrawalToRlp}; undefined when the value has another shape. Integers are below 2^64. */
export function withdrawalFromRlp(value: RlpValue): Withdrawal | undefined {
  if (value instanceof Uint8Array || value.length !== 4) return undefined
  const [index, validatorIndex, address, amountGwei] = value
  if (!isUint64(index) || !isUint64(validatorIndex) || !isUint64(amountGwei)) return undefined
  if (!(address instanceof Uint8Array) || address.length !== 20) return undefined
  return {
    index: toBigInt(index),
    validatorIndex: toBigInt(validatorIndex),
    address,
    amountGwei: toBigInt(amountGwei),
  }
}

function isUint64(value: RlpValue | undefined): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= 8 && value[0] !== 0
}

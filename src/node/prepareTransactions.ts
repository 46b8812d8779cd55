import { keccak256 } from '../kernels/index.ts'
import { maxFeePerGas, maxPriorityFeePerGas, recoverAuthorities, recoverSender } from '../protocol/index.ts'
import {
  checkTransaction,
  invalidSender,
  type PooledTransaction,
  type Refusal,
  type TransactionRules,
} from '../sequencer/index.ts'

/** A transaction ready for the sequencer, or why it isn't. */
export type Preparation = { kind: 'ready'; transaction: PooledTransaction } | Refusal

/** Decodes, checks and recovers the signers: everything about a transaction that needs no state. 50 to 80 µs each. */
export function prepareTransaction(raw: Uint8Array, rules: TransactionRules): Preparation {
  const checked = checkTransaction(raw, rules)
  if (checked.kind === 'refused') return checked
  const { transaction } = checked
  const hash = keccak256(raw)
  const sender = recoverSender(transaction)
  if (sender === undefined) return invalidSender(hash)
  const feeCap = maxFeePerGas(transaction)
  return {
    kind: 'ready',
    transaction: {
      hash,
      sender,
      raw,
      authorities: recoverAuthorities(transaction),
      nonce: transaction.nonce,
      gasLimit: transaction.gasLimit,
      maxFeePerGas: feeCap,
      maxPriorityFeePerGas: maxPriorityFeePerGas(transaction),
      cost: transaction.value + transaction.gasLimit * feeCap,
    },
  }
}

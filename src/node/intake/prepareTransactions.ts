import { keccak256 } from '../../kernels/index.ts'
import { type PreparedTransaction, recoverAuthorities, recoverSender } from '../../protocol/index.ts'
import {
  checkTransaction,
  invalidSender,
  type Refusal,
  type TransactionRules,
} from '../../sequencer/index.ts'

type WithHash = PreparedTransaction & { hash: Uint8Array }

/** A transaction ready for the sequencer, or why it isn't. */
export type Preparation = { kind: 'ready'; transaction: WithHash } | Refusal

/**
 * Decodes, checks and recovers the signers: everything about a transaction that needs no state. It finds the words for
 * every refusal; the usual transaction goes a shorter way, see EntryRecovery.ts, whose oracle this is.
 */
export function prepareTransaction(raw: Uint8Array, rules: TransactionRules): Preparation {
  const checked = checkTransaction(raw, rules)
  if (checked.kind === 'refused') return checked
  const hash = keccak256(raw)
  const sender = recoverSender(checked.transaction)
  if (sender === undefined) return invalidSender(hash)
  const authorities = recoverAuthorities(checked.transaction)
  return { kind: 'ready', transaction: { raw, hash, sender, authorities } }
}

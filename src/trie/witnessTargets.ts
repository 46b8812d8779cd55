import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from '../protocol/index.ts'
import { splitDiff } from './splitDiff.ts'
import { mergeTargets, type WitnessTarget } from './Witness.ts'

/**
 * What a witness must be for, so that an encoded StateDiff can be applied: its accounts, and its slots by account.
 *
 * @throws StateTrieError if the diff is malformed.
 */
export function witnessTargets(diff: Uint8Array): WitnessTarget[] {
  const { accounts, slots } = splitDiff(diff)
  const targets: WitnessTarget[] = []
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
    targets.push({ address: accounts.slice(at, at + 20), keys: [] })
  for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES)
    targets.push({ address: slots.slice(at, at + 20), keys: [slots.slice(at + 20, at + 52)] })
  return mergeTargets(targets)
}

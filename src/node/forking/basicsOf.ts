import { fromBigInt, hexToBytes } from '../../lib/index.ts'
import {
  BEACON_ROOTS_CONTRACT,
  CONSOLIDATION_REQUESTS_CONTRACT,
  type DeveloperAccount,
  HISTORY_CONTRACT,
  SYSTEM_ADDRESS,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../../protocol/index.ts'
import type { StateRequest } from '../bridging/index.ts'

/** Slots of EIP-7002's and EIP-7251's queue that the end of every block reads. */
const QUEUE_SLOTS = 4n

/** What a fork's first state and every block need, so that starting and making blocks wait for no remote. */
export function basicsOf(developers: readonly DeveloperAccount[]): StateRequest[] {
  const queues = [WITHDRAWAL_REQUESTS_CONTRACT, CONSOLIDATION_REQUESTS_CONTRACT]
  const contracts = [BEACON_ROOTS_CONTRACT, HISTORY_CONTRACT, ...queues]
  const addresses = [
    ...developers.map(({ address }) => hexToBytes(address)),
    // The zero address takes blocks' fees, the system's address calls these contracts.
    ...[new Uint8Array(20), SYSTEM_ADDRESS],
    ...contracts.map(({ address }) => address),
  ]
  const requests: StateRequest[] = addresses.map((address) => ({ kind: 'account', address }))
  for (const { address } of queues)
    for (let slot = 0n; slot < QUEUE_SLOTS; slot++)
      requests.push({ kind: 'slot', address, key: fromBigInt(slot, 32) })
  return requests
}

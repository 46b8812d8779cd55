// The door to the cold stores (coldStore.ts), which hold slots that the engine's own table has no room for. A slot is in
// one place only. The account's record counts those in the stores: where there are none, nobody asks.

import { ACCOUNT_COLD_SLOTS, account } from './accounts'

// @ts-ignore: decorator
@external("cold", "limit")
declare function storeLimit(): u32
// @ts-ignore: decorator
@external("cold", "reset")
declare function storeReset(): void
// @ts-ignore: decorator
@external("cold", "find")
declare function storeFind(hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64): bool
// @ts-ignore: decorator
@external("cold", "foundValue")
declare function storeFoundValue(limb: u32): u64
// @ts-ignore: decorator
@external("cold", "removeFound")
declare function storeRemoveFound(): void
// @ts-ignore: decorator
@external("cold", "put")
declare function storePut(
  hash: u32, owner: u32, a: u64, b: u64, c: u64, d: u64, v0: u64, v1: u64, v2: u64, v3: u64,
): bool
// @ts-ignore: decorator
@external("cold", "beginScan")
declare function storeBeginScan(): void
// @ts-ignore: decorator
@external("cold", "scanTo")
declare function storeScanTo(owner: u32): bool
// @ts-ignore: decorator
@external("cold", "scannedKey")
declare function storeScannedKey(limb: u32): u64

/** Slots in the stores. */
export let coldCount: u32 = 0
/** Most slots that they hold; 0: there is no store. */
export let coldLimit: u32 = 0

export function resetCold(): void {
  coldLimit = storeLimit()
  coldCount = 0
  storeReset()
}

@inline
export function ownsColdSlots(accountId: u32): bool {
  return load<u32>(account(accountId), ACCOUNT_COLD_SLOTS) != 0
}

/** Whether the slot is in a store; {@link readFoundCold} and {@link removeFoundCold} are then about it. */
export function findCold(hash: u32, accountId: u32, key: usize): bool {
  return storeFind(hash, accountId, load<u64>(key), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24))
}

export function readFoundCold(out: usize): void {
  for (let limb: u32 = 0; limb < 4; limb++) store<u64>(out + (<usize>limb << 3), storeFoundValue(limb))
}

export function removeFoundCold(accountId: u32): void {
  storeRemoveFound()
  countCold(accountId, -1)
}

/** Puts a slot into a store that has it not; false: that is full. */
export function putCold(hash: u32, accountId: u32, key: usize, value: usize): bool {
  const isPut = storePut(
    hash, accountId,
    load<u64>(key), load<u64>(key, 8), load<u64>(key, 16), load<u64>(key, 24),
    load<u64>(value), load<u64>(value, 8), load<u64>(value, 16), load<u64>(value, 24),
  )
  if (isPut) countCold(accountId, 1)
  return isPut
}

function countCold(accountId: u32, change: i32): void {
  const record = account(accountId)
  store<u32>(record, load<u32>(record, ACCOUNT_COLD_SLOTS) + change, ACCOUNT_COLD_SLOTS)
  coldCount += change
}

export function beginColdScan(): void {
  storeBeginScan()
}

/** Writes the key of the account's next slot in the stores to `key`. It has one more. Looks at all slots in between. */
export function scanCold(accountId: u32, key: usize): void {
  assert(storeScanTo(accountId))
  for (let limb: u32 = 0; limb < 4; limb++) store<u64>(key + (<usize>limb << 3), storeScannedKey(limb))
}

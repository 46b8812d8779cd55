/** Other ways to send what a mini-block changed, to compare with. All of them say the same; none needs the transactions. */
import { constants, zstdCompressSync } from 'node:zlib'
import { bytesToHex, concatBytes } from '../../src/lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, splitStateDiff } from '../../src/protocol/index.ts'

/** Accounts count as slots of a contract of their own: nonce and balance fit one value. */
type Entry = { contract: Uint8Array; key: Uint8Array; value: Uint8Array }

const ACCOUNTS: Uint8Array = new Uint8Array(20)

/** What the chunks of a mini-block changed, each thing once, as it is in the end. */
export function entriesOf(diffs: readonly Uint8Array[]): Entry[] {
  const entries = new Map<string, Entry>()
  for (const diff of diffs) {
    const { accounts, slots } = splitStateDiff(diff)
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
      const key = concatBytes(new Uint8Array(12), accounts.subarray(at, at + 20))
      const value = concatBytes(accounts.subarray(at + 21, at + 29), accounts.subarray(at + 37, at + 61))
      entries.set(bytesToHex(key), { contract: ACCOUNTS, key, value })
    }
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) {
      const [contract, key] = [slots.subarray(at, at + 20), slots.subarray(at + 20, at + 52)]
      const value = slots.subarray(at + 52, at + 84)
      entries.set(bytesToHex(slots.subarray(at, at + 52)), { contract, key, value })
    }
  }
  return [...entries.values()]
}

/** Contract, key and value of each. */
export function naiveBytes(entries: readonly Entry[]): number {
  return entries.length * DIFF_SLOT_BYTES
}

/** Each contract once, behind it its keys and values; through zstd. */
export function groupedBytes(entries: readonly Entry[]): number {
  const byContract = Map.groupBy(entries, ({ contract }) => bytesToHex(contract))
  const parts = [...byContract.values()].flatMap((group) => [
    group[0]!.contract,
    ...group.flatMap(({ key, value }) => [key, value]),
  ])
  return compressed(concatBytes(...parts))
}

/** A number of four bytes instead of contract and key, as if both sides knew all of them; through zstd. */
export class NumberedLayout {
  readonly #numbers = new Map<string, number>()

  bytes(entries: readonly Entry[]): number {
    const parts = entries.flatMap(({ contract, key, value }) => {
      const name = bytesToHex(contract) + bytesToHex(key)
      const number = this.#numbers.get(name) ?? this.#numbers.size
      this.#numbers.set(name, number)
      return [new Uint8Array(Uint32Array.of(number).buffer), value]
    })
    return compressed(concatBytes(...parts))
  }
}

function compressed(bytes: Uint8Array): number {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }).length
}

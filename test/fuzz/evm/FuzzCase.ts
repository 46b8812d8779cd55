/** One program with everything that it runs on. */
import { fromBigInt } from '../../../src/lib/index.ts'
import type { Fork } from '../../../src/protocol/index.ts'
import { assemble, type Item } from './items.ts'

/** Storage of a contract: slot and value. */
export type Slot = readonly [key: bigint, value: bigint]

export type Contract = { items: readonly Item[]; storage: readonly Slot[] }

export type FuzzCase = {
  fork: Fork
  /** Calls and is called; the first is what the transaction goes to. */
  contracts: readonly Contract[]
  /** The first contract's code is the init code of a creation. */
  creates: boolean
  data: Uint8Array
  value: bigint
  /** Enough for the program to end by itself, unless it never does. */
  gas: bigint
  /** BLOCKHASH of the parent makes a transaction wait. */
  parentHashPending: boolean
}

/** Address of the n-th contract of a case. */
export function contractAddress(index: number): bigint {
  return (0xc0dec0den << 128n) | BigInt(index + 1)
}

/** An account that delegates to the second contract, or to the first where there is only one (EIP-7702). */
export const DELEGATING: bigint = (0xde1en << 144n) | 7n
/** Owns a little, has no code. */
export const PERSON: bigint = (0x9e75n << 144n) | 5n
/** Is not there. */
export const NOBODY: bigint = (0x0b0dn << 144n) | 3n

export function addressBytes(address: bigint): Uint8Array {
  return fromBigInt(address, 20)
}

/** The codes of a case, assembled. */
export function codesOf(fuzzCase: FuzzCase): Uint8Array[] {
  return fuzzCase.contracts.map(({ items }) => assemble(items))
}

/** Instructions of the case: what the shrinker makes smaller. */
export function sizeOfCase({ contracts }: FuzzCase): number {
  return contracts.reduce((sum, { items }) => sum + sizeOfItems(items), 0)
}

function sizeOfItems(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + (item.kind === 'code' ? 1 + sizeOfItems(item.items) : 1), 0)
}

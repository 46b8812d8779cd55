import { equalBytes } from '../../lib/index.ts'
import type { AddressTable } from './AddressTable.ts'
import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnWriter } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { MAX_ADDRESSES } from './limits.ts'

// Records of a fixed size, told by what differs from what is expected of them.

export const OPEN_BLOCK_BYTES = 148
export const SEAL_BYTES = 112
export const CLOSE_BLOCK_BYTES = 28

const COINBASE_AT = 16
/** Where the base fee is in an openBlock's payload. */
export const BASE_FEE_AT = 44
/** In a sealMiniBlock: parentDigest 32, then the rest; see recordCodec.ts. */
const SEAL = {
  number: 32,
  epoch: 40,
  timestampUs: 48,
  blockNumber: 56,
  index: 64,
  count: 68,
  gas: 72,
  digest: 80,
}

/** Bytes that may be equal between two that differ, so that one range tells both. */
const GAP_BYTES = 2

/** Where in the chain a dictionary is. */
export type BlockPlace = Pick<
  Dictionary,
  | 'openBlock'
  | 'seal'
  | 'coinbase'
  | 'transactionIndex'
  | 'cumulativeGas'
  | 'gasAtSeal'
  | 'miniBlockTransactions'
> & { readonly addresses: Pick<AddressTable, 'count' | 'address' | 'add'> }

/** What the next openBlock is expected to be: the newest with the next number. */
export function expectedOpenBlock({ openBlock }: BlockPlace): Uint8Array {
  const expected = new Uint8Array(OPEN_BLOCK_BYTES)
  if (openBlock === undefined) return expected
  expected.set(openBlock)
  const view = new DataView(expected.buffer)
  view.setBigUint64(0, view.getBigUint64(0, true) + 1n, true)
  return expected
}

/** The seal of the chunks since the newest one; with the same time, and without digest. */
export function expectedSeal(place: BlockPlace): Uint8Array {
  const { seal, openBlock, miniBlockTransactions, cumulativeGas, gasAtSeal } = place
  const expected = new Uint8Array(SEAL_BYTES)
  const view = new DataView(expected.buffer)
  if (openBlock !== undefined) expected.set(openBlock.subarray(0, 8), SEAL.blockNumber)
  if (seal !== undefined) {
    const old = viewOf(seal)
    expected.set(seal.subarray(SEAL.digest), 0)
    view.setBigUint64(SEAL.number, old.getBigUint64(SEAL.number, true) + 1n, true)
    expected.set(seal.subarray(SEAL.epoch, SEAL.blockNumber), SEAL.epoch)
    const isSameBlock = old.getBigUint64(SEAL.blockNumber, true) === view.getBigUint64(SEAL.blockNumber, true)
    if (isSameBlock) view.setUint32(SEAL.index, old.getUint32(SEAL.index, true) + 1, true)
  }
  view.setUint32(SEAL.count, miniBlockTransactions, true)
  view.setBigUint64(SEAL.gas, BigInt(Math.max(0, cumulativeGas - gasAtSeal)), true)
  return expected
}

/** The end of the open block, with the gas so far. */
export function expectedCloseBlock({ openBlock, cumulativeGas }: BlockPlace): Uint8Array {
  const expected = new Uint8Array(CLOSE_BLOCK_BYTES)
  if (openBlock !== undefined) expected.set(openBlock.subarray(0, 8))
  new DataView(expected.buffer).setBigUint64(8, BigInt(cumulativeGas), true)
  return expected
}

/** Number of the mini-block that a chunk is expected to belong to. */
export function expectedMiniBlock({ seal }: BlockPlace): bigint {
  return seal === undefined ? 1n : viewOf(seal).getBigUint64(SEAL.number, true) + 1n
}

/** A block opens. Its coinbase gets a number, even if it has one already. */
export function followOpenBlock(place: BlockPlace, payload: Uint8Array): void {
  const { addresses, coinbase } = place
  const address = payload.subarray(COINBASE_AT, COINBASE_AT + 20)
  if (coinbase < 0 || !equalBytes(addresses.address(coinbase), address))
    place.coinbase = addresses.count < MAX_ADDRESSES ? addresses.add(address, 0) : -1
  place.openBlock = payload.slice()
  place.transactionIndex = 0
  place.cumulativeGas = 0
  place.gasAtSeal = 0
}

export function followSeal(place: BlockPlace, payload: Uint8Array): void {
  place.seal = payload.slice()
  place.miniBlockTransactions = 0
  place.gasAtSeal = place.cumulativeGas
}

/** Writes: varint ranges · per range (varint equal bytes before it · varint length · bytes). */
export function writePatch(column: ColumnWriter, payload: Uint8Array, expected: Uint8Array): void {
  const ranges: [start: number, end: number][] = []
  for (let at = 0; at < payload.length; at++) {
    if (payload[at] === expected[at]) continue
    const last = ranges.at(-1)
    if (last !== undefined && at - last[1] <= GAP_BYTES) last[1] = at + 1
    else ranges.push([at, at + 1])
  }
  column.varint(ranges.length)
  let at = 0
  for (const [start, end] of ranges) {
    column.varint(start - at)
    column.varint(end - start)
    column.copy(payload, start, end)
    at = end
  }
}

/** Makes of what is expected what was told, in place. */
export function readPatch(column: ColumnReader, expected: Uint8Array): Uint8Array {
  let at = 0
  for (let left = column.varint(); left > 0; left--) {
    at += column.varint()
    const length = column.varint()
    if (at + length > expected.length) throw new BodyError('VALUE', 'a range beyond the record')
    expected.set(column.part(length), at)
    at += length
  }
  return expected
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

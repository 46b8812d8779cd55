import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, hexToBytes, Prng } from '../lib/index.ts'
import { decodeStateDiff, encodeStateDiff, type StateDiff } from '../protocol/index.ts'
import { mergeSnapshot } from './mergeSnapshot.ts'
import { moveSnapshot } from './moveSnapshot.ts'
import { PieceBuilder } from './PieceBuilder.ts'
import { SnapshotError, SnapshotReader } from './SnapshotReader.ts'
import { SnapshotWriter } from './SnapshotWriter.ts'
import { StateChanges } from './StateChanges.ts'
import { listSnapshots, prepareSnapshotFolder, snapshotPath } from './snapshotFolder.ts'
import type { SnapshotHead } from './snapshotFormat.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-snapshot-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('snapshots', () => {
  it('hold the state that all diffs lead to, in the order of hashes, over many merges', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Prng(seed)
      const state = new Map<string, ModelAccount>()
      let base: string | undefined
      for (let round = 1; round <= 6; round++) {
        const changes = new StateChanges()
        for (let i = random.nextInt(12); i >= 0; i--)
          changes.apply(encodeStateDiff(randomDiff(random, state)))
        base = write(BigInt(round), base, changes)
        assert.deepEqual(contents(base), ordered(state), `seed ${seed}, round ${round}`)
      }
    }
  })

  it('say where another log goes on, and all else as before', () => {
    const changes = new StateChanges()
    changes.apply(encodeStateDiff({ accounts: [account(1, 1n)], slots: [slot(1, 2, 3n)], codes: [] }))
    const path = write(4n, undefined, changes)
    const [before, { head }] = [contents(path), readerOf(path)]
    moveSnapshot(path, { segment: 7, offset: 1234 })
    const moved = readerOf(path).head
    assert.deepEqual(moved, { ...head, log: { ...head.log, segment: 7, offset: 1234 } })
    assert.deepEqual(contents(path), before)
  })

  it('take over entries of many pieces around a change in the middle', () => {
    const first = new StateChanges()
    const accounts = Array.from({ length: 30_000 }, (_, i) => account(i, BigInt(i)))
    first.apply(encodeStateDiff({ accounts, slots: [], codes: [] }))
    const base = write(1n, undefined, first)
    const second = new StateChanges()
    second.apply(encodeStateDiff({ accounts: [account(777, 5n), account(40_000, 6n)], slots: [], codes: [] }))
    const merged = contents(write(2n, base, second)).accounts
    const expected = new Map(accounts.map(({ address, balance }) => [bytesToHex(address), balance]))
    expected.set(bytesToHex(address(777)), 5n)
    expected.set(bytesToHex(address(40_000)), 6n)
    assert.deepEqual(new Map(merged.map(({ address, balance }) => [address, balance])), expected)
    assert.equal(merged.length, 30_001)
  })

  it('drop all old slots of an account that was deleted, across pieces, and keep its new ones', () => {
    const first = new StateChanges()
    const slots = Array.from({ length: 30_000 }, (_, i) => slot(1, i, 7n))
    first.apply(encodeStateDiff({ accounts: [account(1, 1n), account(2, 1n)], slots, codes: [] }))
    first.apply(encodeStateDiff({ accounts: [], slots: [slot(2, 3, 8n)], codes: [] }))
    const base = write(1n, undefined, first)
    const second = new StateChanges()
    second.apply(encodeStateDiff({ accounts: [deleted(1)], slots: [], codes: [] }))
    second.apply(encodeStateDiff({ accounts: [account(1, 9n)], slots: [slot(1, 5, 2n)], codes: [] }))
    const { slots: left } = contents(write(2n, base, second))
    assert.deepEqual(
      left.map(({ address: of, key, value }) => [of, BigInt(key), value]).sort(),
      [
        [bytesToHex(address(1)), 5n, 2n],
        [bytesToHex(address(2)), 3n, 8n],
      ].sort(),
    )
  })

  it('give back their head and their counts', () => {
    const changes = new StateChanges()
    const code = Uint8Array.of(0x60, 0, 0xf3)
    const withCode = { ...account(1, 1n), codeHash: keccak256(code) }
    changes.apply(
      encodeStateDiff({
        accounts: [withCode],
        slots: [slot(1, 1, 1n)],
        codes: [{ hash: keccak256(code), code }],
      }),
    )
    const reader = new SnapshotReader(write(5n, undefined, changes))
    assert.deepEqual(reader.head, head(5n))
    for (const _ of reader.pieces());
    assert.deepEqual(reader.counts, { accounts: 1, slots: 1, codes: 1 })
    reader.close()
  })

  it('are refused with any bit changed, any end cut, and anything behind the end', () => {
    const changes = new StateChanges()
    changes.apply(encodeStateDiff({ accounts: [account(1, 1n)], slots: [slot(1, 1, 1n)], codes: [] }))
    const path = write(5n, undefined, changes)
    const whole = readFileSync(path)
    const check = (bytes: Uint8Array, what: string) => {
      writeFileSync(path, bytes)
      assert.throws(() => contents(path), SnapshotError, what)
    }
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const flipped = Uint8Array.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      check(flipped, `bit ${bit}`)
    }
    for (let length = 0; length < whole.length; length++) check(whole.subarray(0, length), `cut at ${length}`)
    check(Buffer.concat([whole, Uint8Array.of(0)]), 'a byte more')
  })
})

describe('the folder of snapshots', () => {
  it('lists whole files by block, newest first, and loses what was not finished', () => {
    const paths = [3n, 1_000_000_000_000n, 20n].map((number) => write(number, undefined, new StateChanges()))
    writeFileSync(`${snapshotPath(folder, 30n)}.new`, 'half')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    prepareSnapshotFolder(folder)
    assert.deepEqual(
      listSnapshots(folder).map(({ path }) => path),
      [paths[1], paths[2], paths[0]],
    )
    assert.equal(readdirSync(folder).length, 4)
    assert.deepEqual(listSnapshots(join(folder, 'none')), [])
  })

  it('shows nothing of a writer that gave up', () => {
    const writer = new SnapshotWriter(snapshotPath(folder, 1n), head(1n))
    writer.abort()
    assert.deepEqual(readdirSync(folder), [])
  })
})

function write(blockNumber: bigint, base: string | undefined, changes: StateChanges): string {
  const path = snapshotPath(folder, blockNumber)
  const reader = base === undefined ? undefined : new SnapshotReader(base)
  const writer = new SnapshotWriter(path, head(blockNumber))
  for (const _ of mergeSnapshot(reader, changes, new PieceBuilder((piece) => writer.write(piece))));
  writer.finish()
  reader?.close()
  return path
}

function head(blockNumber: bigint): SnapshotHead {
  return {
    genesisHash: new Uint8Array(32).fill(9),
    blockNumber,
    header: Uint8Array.of(0xc0),
    log: { segment: 3, offset: 2 ** 33, recordNumber: 77n },
    tail: Uint8Array.of(1, 2, 3),
  }
}

type ModelAccount = { balance: bigint; slots: Map<string, bigint> }
type Contents = {
  accounts: { address: string; balance: bigint }[]
  slots: { address: string; key: string; value: bigint }[]
}

/** Everything in the file, in its order. */
function contents(path: string): Contents {
  const found: Contents = { accounts: [], slots: [] }
  const reader = new SnapshotReader(path)
  try {
    for (const { diff } of reader.pieces()) {
      const decoded = decodeStateDiff(diff)
      assert.ok(decoded.ok)
      for (const { address, balance } of decoded.diff.accounts)
        found.accounts.push({ address: bytesToHex(address), balance })
      for (const { address, key, value } of decoded.diff.slots)
        found.slots.push({
          address: bytesToHex(address),
          key: bytesToHex(key),
          value: BigInt(bytesToHex(value)),
        })
    }
    return found
  } finally {
    reader.close()
  }
}

/** The same of a plain model, sorted in the plainest way. */
function ordered(state: Map<string, ModelAccount>): Contents {
  const hash = (hex: string) => bytesToHex(keccak256(hexToBytes(hex)))
  const by =
    <T>(keyOf: (item: T) => string) =>
    (a: T, b: T) =>
      keyOf(a) < keyOf(b) ? -1 : 1
  const accounts = [...state].map(([address, { balance }]) => ({ address, balance }))
  const slots = [...state].flatMap(([address, { slots }]) =>
    [...slots].map(([key, value]) => ({ address, key, value })),
  )
  return {
    accounts: accounts.sort(by(({ address }) => hash(address))),
    slots: slots.sort(by(({ address, key }) => hash(address) + hash(key))),
  }
}

/** Changes a few accounts and slots of the model, and says so as a diff. */
function randomDiff(random: Prng, state: Map<string, ModelAccount>): StateDiff {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  const touched = new Set<number>()
  for (let i = random.nextInt(6); i >= 0; i--) touched.add(random.nextInt(20))
  for (const index of touched) {
    const name = bytesToHex(address(index))
    const model = state.get(name)
    if (model !== undefined && random.nextInt(4) === 0) {
      state.delete(name)
      diff.accounts.push(deleted(index))
      continue
    }
    const present = model ?? { balance: 0n, slots: new Map<string, bigint>() }
    if (model === undefined || random.nextInt(2) === 0) {
      present.balance = BigInt(random.nextInt(1000))
      diff.accounts.push(account(index, present.balance))
    }
    state.set(name, present)
    const keys = new Set<number>()
    for (let k = random.nextInt(5); k > 0; k--) keys.add(random.nextInt(10))
    for (const key of keys) {
      const value = BigInt(random.nextInt(3))
      diff.slots.push(slot(index, key, value))
      const keyName = bytesToHex(fromBigInt(BigInt(key), 32))
      if (value === 0n) present.slots.delete(keyName)
      else present.slots.set(keyName, value)
    }
  }
  return diff
}

function address(index: number): Uint8Array {
  return fromBigInt(BigInt(index) + 1n, 20)
}

function account(index: number, balance: bigint): StateDiff['accounts'][number] {
  return {
    address: address(index),
    deleted: false,
    nonce: 1n,
    balance,
    codeHash: keccak256(new Uint8Array(0)),
  }
}

function deleted(index: number): StateDiff['accounts'][number] {
  return { address: address(index), deleted: true, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
}

function slot(index: number, key: number, value: bigint): StateDiff['slots'][number] {
  return { address: address(index), key: fromBigInt(BigInt(key), 32), value: fromBigInt(value, 32) }
}

function readerOf(path: string): SnapshotReader {
  const reader = new SnapshotReader(path)
  reader.close()
  return reader
}

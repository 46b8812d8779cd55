import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fromBigInt } from '../../lib/index.ts'
import { clearDamaged } from './clearDamaged.ts'
import { DiskTables } from './DiskTables.ts'
import { ForkCache } from './ForkCache.ts'

const ADDRESS = new Uint8Array(20).fill(7)
const WORD = new Uint8Array(32).fill(9)
const SLOTS = 500n

let folder: string
let file: string
let whole: Buffer
before(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'leveret-fork-')), 'cache')
  file = join(folder, 'data.mdb')
  const cache = new ForkCache(new DiskTables(folder))
  for (let i = 0n; i < SLOTS; i++) cache.putSlot(ADDRESS, fromBigInt(i, 32), WORD)
  cache.putAnswer('eth_call', [], 'x'.repeat(100_000))
  await cache.close()
  whole = readFileSync(file)
})
after(() => rmSync(join(folder, '..'), { recursive: true }))

async function hasAll(): Promise<boolean> {
  const cache = new ForkCache(new DiskTables(folder))
  const keys = Array.from({ length: Number(SLOTS) }, (_, i) => fromBigInt(BigInt(i), 32))
  const here = keys.filter((key) => cache.has({ kind: 'slot', address: ADDRESS, key }))
  await cache.close()
  return here.length === keys.length
}

/** Puts a damaged file there, has it found, and begins anew in its place. */
async function assertCleared(damaged: Uint8Array, reason: RegExp): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, damaged)
  assert.match(clearDamaged(folder) ?? '', reason)
  assert.equal(existsSync(folder), false)
  assert.equal(await hasAll(), false)
}

describe('clearDamaged', () => {
  it('leaves what is whole, open elsewhere, new or not there', async () => {
    assert.equal(clearDamaged(folder), undefined)
    assert.equal(await hasAll(), true)
    const tables = new DiskTables(folder)
    assert.equal(clearDamaged(folder), undefined)
    await tables.close()
    assert.equal(clearDamaged(join(folder, 'none')), undefined)
    await new DiskTables(join(folder, 'new')).close()
    assert.equal(clearDamaged(join(folder, 'new')), undefined)
    writeFileSync(join(folder, 'new', 'data.mdb'), '')
    assert.equal(clearDamaged(join(folder, 'new')), undefined)
  })

  it('deletes what was cut, wherever', async () => {
    for (const length of [1, 100, 4096, 4200]) await assertCleared(whole.subarray(0, length), /head of/)
    for (const length of [8192, 20_000, whole.length >> 1, whole.length - 1])
      await assertCleared(whole.subarray(0, length), /the end of its file is missing/)
  })

  it('deletes what has another head', async () => {
    for (const [from, to, ...fills] of [
      [0, 4096, 0, 0x5a, 0xff],
      [0, whole.length, 0, 0x5a, 0xff],
      [4096, 8192, 0, 0x5a, 0xff],
      ...[24, 28, 48].map((offset) => [offset, offset + 4, 0, 0x5a, 0xff] as const),
      // A map that is too small is replaced, and a tree without a root is empty.
      [40, 48, 0x5a, 0xff],
      [88, 96, 0, 0x5a],
      [136, 144, 0, 0x5a],
      [144, 152, 0, 0x5a, 0xff],
    ] as const)
      for (const fill of fills)
        await assertCleared(Buffer.from(whole).fill(fill, from, to), /head|makes no sense|is missing/)
  })
})

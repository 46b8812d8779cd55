import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { DiskTables } from './DiskTables.ts'
import { ForkCache } from './ForkCache.ts'
import { MemoryTables } from './MemoryTables.ts'

const ADDRESS = new Uint8Array(20).fill(7)
const KEY = new Uint8Array(32).fill(8)
const WORD = new Uint8Array(32).fill(9)
const MIB = 2 ** 20

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-fork-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('ForkCache', () => {
  it('gives what it was given, from the disk as from memory', async () => {
    for (const tables of [new DiskTables(folder), new MemoryTables()]) {
      const cache = new ForkCache(tables)
      assert.equal(cache.has({ kind: 'account', address: ADDRESS }), false)
      const account = { nonce: 1n, balance: 2n, codeHash: WORD }
      cache.putAccount(ADDRESS, account)
      cache.putAccount(KEY.subarray(0, 20), undefined)
      cache.putSlot(ADDRESS, KEY, WORD)
      cache.putCode(WORD, KEY)
      cache.putBlockHash(3n, WORD)
      cache.putAnswer('eth_call', [1], '"0x"')
      assert.deepEqual(cache.state.account(ADDRESS), account)
      assert.equal(cache.state.account(KEY.subarray(0, 20)), undefined)
      assert.deepEqual(cache.state.slot(ADDRESS, KEY), WORD)
      assert.deepEqual(cache.state.code(WORD), KEY)
      assert.deepEqual(cache.state.blockHash(3n), WORD)
      assert.deepEqual([cache.answer('eth_call', [1]), cache.answer('eth_call', [2])], ['"0x"', undefined])
      assert.equal(cache.has({ kind: 'slot', address: ADDRESS, key: WORD }), false)
      await cache.close()
    }
  })

  it('has it again when it is opened again, and has several open at once', async () => {
    const [first, second] = [new ForkCache(new DiskTables(folder)), new ForkCache(new DiskTables(folder))]
    first.putSlot(ADDRESS, KEY, WORD)
    assert.deepEqual(second.state.slot(ADDRESS, KEY), WORD)
    await first.close()
    second.putBlockHash(1n, WORD)
    await second.close()
    const again = new ForkCache(new DiskTables(folder))
    assert.deepEqual([again.state.slot(ADDRESS, KEY), again.state.blockHash(1n)], [WORD, WORD])
    await again.close()
  })

  it('keeps no answer that is too long, and in memory no more than there is room for', () => {
    const cache = new ForkCache(new MemoryTables())
    cache.putAnswer('long', [], 'x'.repeat(MIB + 1))
    assert.equal(cache.answer('long', []), undefined)
    for (let i = 0; i < 40; i++) cache.putAnswer('fits', [i], 'x'.repeat(MIB))
    const kept = Array.from({ length: 40 }, (_, i) => cache.answer('fits', [i])).filter((text) => text)
    assert.equal(kept.length, 32)
  })
})

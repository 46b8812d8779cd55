import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from 'lmdb'
import { BINARY, closeTables, numberKey, openTable, putBatch } from './tables.ts'

it('a table refuses to be read while its database closes, and after', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-tables-'))
  try {
    const root = open<Uint8Array, Uint8Array>({ path: folder, maxDbs: 2, ...BINARY })
    const table = openTable(root, 'some')
    await putBatch(root, () => table.put(numberKey(1n), Uint8Array.of(7)))
    assert.deepEqual(Uint8Array.from(table.getBinary(numberKey(1n))!), Uint8Array.of(7))
    const closing = closeTables(root)
    assert.throws(() => table.getBinary(numberKey(1n)), /history is closed/)
    assert.throws(() => table.getRange(), /history is closed/)
    await closing
    // The database ends its read transactions in a timer.
    await sleep(1)
    assert.throws(() => table.getBinaryFast(numberKey(1n)), /history is closed/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { localGenesisJson } from '../genesisJson.ts'
import { readGenesis } from '../importGenesis.ts'
import { ForkFolders } from './ForkFolders.ts'
import type { ForkPoint } from './forkPoint.ts'

const URL = 'https://me:secret@rpc.example.org/v2/key'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'leveret-forks-'))
})
afterEach(() => rmSync(path, { recursive: true }))

function point(timestamp: bigint): ForkPoint {
  const { chain } = readGenesis({ text: localGenesisJson({ timestamp }) })
  return { header: { ...chain.header, number: 7n }, chainId: 5n }
}

describe('ForkFolders', () => {
  it('remember which block a remote had, and have no address in them', () => {
    const folders = new ForkFolders(join(path, 'new'))
    assert.equal(folders.read(URL, 7n), undefined)
    for (const timestamp of [1n, 2n]) {
      folders.note(URL, point(timestamp))
      assert.deepEqual(new ForkFolders(join(path, 'new')).read(URL, 7n), point(timestamp))
    }
    assert.equal(folders.read(URL, 8n), undefined)
    assert.equal(folders.read('https://rpc.example.org', 7n), undefined)
    const files = readdirSync(join(path, 'new'))
    assert.equal(files.length, 1)
    const text = files[0]! + readFileSync(join(path, 'new', files[0]!), 'utf8')
    assert.doesNotMatch(text, /example|secret|key/)
  })

  it('have a folder for each block, whoever gave it', () => {
    const folders = new ForkFolders(path)
    assert.equal(folders.of(point(1n)), folders.of({ ...point(1n), chainId: 6n }))
    assert.notEqual(folders.of(point(1n)), folders.of(point(2n)))
  })

  it('take a note that is damaged for none', () => {
    const folders = new ForkFolders(path)
    folders.note(URL, point(1n))
    const [file] = readdirSync(path)
    for (const text of ['', '{}', '{"chainId":"5","header":"0x01"}']) {
      writeFileSync(join(path, file!), text)
      assert.equal(folders.read(URL, 7n), undefined)
    }
  })
})

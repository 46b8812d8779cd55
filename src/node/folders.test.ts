import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { LogLockedError, LogWriter } from '../feed/index.ts'
import { encodeTransaction, genesisHeader, headerHash, localGenesis } from '../protocol/index.ts'
import { type PooledTransaction, pooledTransaction } from '../sequencer/index.ts'
import { listSnapshots } from '../state/index.ts'
import { GenesisError, loadChain } from './chain.ts'
import { DataFolderError, openDataFolder } from './dataFolder.ts'
import { localGenesisJson } from './genesisJson.ts'
import { readGenesis } from './importGenesis.ts'
import { decodeTransactions, encodeTransactions, PoolJournal } from './intake/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-folders-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('openDataFolder', () => {
  it('creates a folder with a local chain, and finds it again', () => {
    const path = join(folder, 'chain')
    assert.equal(open(path).isNew, true)
    assert.equal(open(path).isNew, false)
    assert.equal(loadChain(open(path).genesis).chainId, 31337n)
  })

  it('refuses a folder that holds other things, and leaves them', () => {
    writeFileSync(join(folder, 'thesis.txt'), 'important')
    for (const fresh of [false, true]) {
      assert.throws(
        () => open(folder, { fresh }),
        messageOf(DataFolderError, /not made by leveret[\s\S]*thesis\.txt/),
      )
    }
    assert.ok(existsSync(join(folder, 'thesis.txt')))
  })

  it('refuses another genesis, also another chain id, and accepts the same', () => {
    open(folder)
    open(folder, { genesis: localGenesisJson() })
    assert.throws(
      () => open(folder, { chainId: 5n }),
      messageOf(DataFolderError, /another genesis[\s\S]*--fresh/),
    )
    assert.throws(
      () => open(folder, { genesis: localGenesisJson({ chainId: 7n }) }),
      messageOf(DataFolderError, /another genesis/),
    )
  })

  it('accepts the genesis that it keeps, which only names the root of its state, but makes no chain of it', () => {
    const { genesis } = open(join(folder, 'first'))
    open(join(folder, 'first'), { genesis })
    assert.throws(
      () => open(join(folder, 'second'), { genesis }),
      (error) => error instanceof GenesisError && /does not list the accounts/.test(error.message),
    )
  })

  it('refuses a folder whose genesis.json or leveret.json was changed or is missing', () => {
    open(folder)
    for (const [name, from, to] of [
      ['genesis.json', '31337', '31338'],
      ['leveret.json', '"fileDigest"', '"fileDigesu"'],
    ] as const) {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace(from, to))
      assert.throws(() => open(folder), messageOf(DataFolderError, /not as it was written/))
      writeFileSync(path, text)
    }
    rmSync(join(folder, 'genesis.json'))
    assert.throws(() => open(folder), messageOf(DataFolderError, /genesis is missing/))
  })

  it('refuses a genesis whose accounts have another root than it names', () => {
    const genesis = JSON.stringify({ ...JSON.parse(localGenesisJson()), stateHash: `0x${'11'.repeat(32)}` })
    assert.throws(() => open(folder, { genesis }), GenesisError)
  })

  it('takes over a folder whose genesis.json still lists the accounts', () => {
    const path = join(folder, 'chain')
    const { genesis, snapshots } = open(path)
    const genesisHash = JSON.parse(readFileSync(join(path, 'leveret.json'), 'utf8')).genesisHash
    rmSync(snapshots, { recursive: true })
    writeFileSync(join(path, 'genesis.json'), localGenesisJson())
    writeFileSync(join(path, 'leveret.json'), JSON.stringify({ format: 1, genesisHash }))
    const taken = open(path)
    assert.deepEqual([taken.isNew, taken.genesis], [false, genesis])
    assert.equal(listSnapshots(snapshots).length, 1)
    assert.equal(JSON.parse(readFileSync(join(path, 'leveret.json'), 'utf8')).genesisHash, genesisHash)
  })

  it('starts anew with --fresh, and deletes nothing that it has not made', () => {
    open(folder)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    writeFileSync(join(folder, 'pool.journal'), 'old')
    assert.equal(open(folder, { fresh: true, chainId: 5n }).isNew, true)
    assert.equal(existsSync(join(folder, 'pool.journal')), false)
    assert.equal(readFileSync(join(folder, 'notes.txt'), 'utf8'), 'mine')
  })

  it('does not start anew while another writer has the log', () => {
    const { log, genesis } = open(folder)
    const writer = LogWriter.open(log, { genesisHash: loadChain(genesis).hash })
    assert.throws(() => open(folder, { fresh: true }), LogLockedError)
    writer.close()
  })
})

describe('localGenesisJson', () => {
  it('reads back as the genesis that it was made from', () => {
    const { chain, state } = readGenesis({ text: localGenesisJson() })
    const expected = headerHash(genesisHeader(localGenesis(), chain.header.stateRoot))
    assert.deepEqual(chain.hash, expected)
    assert.equal(state!.count, localGenesis().accounts.length)
  })
})

describe('PoolJournal', () => {
  it('gives back what was appended, and what it was created with', () => {
    const path = join(folder, 'pool.journal')
    const journal = PoolJournal.create(path, [transaction(1)])
    journal.append([transaction(2), transaction(3)], () => [])
    journal.close()
    assert.deepEqual(PoolJournal.read(path), {
      transactions: [transaction(1), transaction(2), transaction(3)],
      unreadBytes: 0,
    })
  })

  it('keeps only what still waits when it is rewritten, and takes more then', () => {
    const path = join(folder, 'pool.journal')
    const journal = PoolJournal.create(path, [transaction(1), transaction(2)])
    journal.rewrite([transaction(2)])
    journal.append([transaction(3)], () => [])
    journal.close()
    assert.deepEqual(PoolJournal.read(path).transactions, [transaction(2), transaction(3)])
  })

  it('leaves out what is torn or damaged at the end, and tells how much', () => {
    const path = join(folder, 'pool.journal')
    PoolJournal.create(path, [transaction(1)]).close()
    const first = readFileSync(path).length
    PoolJournal.create(path, [transaction(1), transaction(2)]).close()
    const { length } = readFileSync(path)
    for (let bytes = length - 1; bytes > first; bytes--) {
      truncateSync(path, bytes)
      assert.deepEqual(PoolJournal.read(path), {
        transactions: [transaction(1)],
        unreadBytes: bytes - first,
      })
    }
    truncateSync(path, first)
    appendFileSync(path, new Uint8Array(100).fill(0xff))
    assert.deepEqual(PoolJournal.read(path), { transactions: [transaction(1)], unreadBytes: 100 })
  })

  it('is empty where there is none', () => {
    assert.deepEqual(PoolJournal.read(join(folder, 'none')), { transactions: [], unreadBytes: 0 })
  })
})

describe('transaction codec', () => {
  it('keeps the largest values, unknown authorities and any length of raw bytes', () => {
    const largest = transaction(9, {
      authorities: [undefined, new Uint8Array(20).fill(4)],
      nonce: 2n ** 64n - 2n,
      gasLimit: 2n ** 64n - 1n,
      maxFeePerGas: 2n ** 256n - 1n,
      value: 2n ** 256n - 1n,
      data: new Uint8Array(128 * 1024).fill(5),
    })
    assert.equal(largest.cost, 2n ** 256n - 1n + (2n ** 64n - 1n) * (2n ** 256n - 1n))
    assert.deepEqual(decodeTransactions(encodeTransactions([transaction(1), largest, transaction(2)])), [
      transaction(1),
      largest,
      transaction(2),
    ])
  })
})

function open(path: string, options: { genesis?: string; chainId?: bigint; fresh?: boolean } = {}) {
  const { genesis, chainId, fresh = false } = options
  return openDataFolder({
    path,
    genesis: genesis === undefined ? undefined : { text: genesis },
    local: { timestamp: 0n, ...(chainId === undefined ? {} : { chainId }) },
    fresh,
  })
}

function messageOf(kind: typeof DataFolderError, pattern: RegExp) {
  return (error: unknown) => error instanceof kind && pattern.test(error.message)
}

type Fields = {
  authorities?: (Uint8Array | undefined)[]
  nonce?: bigint
  gasLimit?: bigint
  maxFeePerGas?: bigint
  value?: bigint
  data?: Uint8Array
}

function transaction(seed: number, { authorities = [], ...fields }: Fields = {}): PooledTransaction {
  const raw = encodeTransaction({
    ...{ type: 2, chainId: 1n, nonce: BigInt(seed), gasLimit: 21_000n, to: new Uint8Array(20), value: 0n },
    ...{ data: new Uint8Array(seed), maxFeePerGas: 10n, maxPriorityFeePerGas: 1n, accessList: [] },
    ...{ yParity: 0, r: 1n, s: 1n, ...fields },
  })
  return pooledTransaction({ raw, sender: new Uint8Array(20).fill(seed), authorities })
}

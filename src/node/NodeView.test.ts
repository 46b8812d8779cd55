import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, mock } from 'node:test'
import { Engine } from '../execution/index.ts'
import { LOG_START, type LogRecord, LogWriter, type SealHeader } from '../feed/index.ts'
import { History } from '../history/index.ts'
import { bytesToHex, hexToBytes, Prng, toBigInt } from '../lib/index.ts'
import { ChainTail, encodeChainTail } from '../sequencer/index.ts'
import {
  mergeSnapshot,
  PieceBuilder,
  prepareSnapshotFolder,
  type SnapshotHead,
  SnapshotWriter,
  StateChanges,
  snapshotPath,
} from '../state/index.ts'
import type { DataFolder } from './dataFolder.ts'
import { localGenesisJson } from './genesisJson.ts'
import { readGenesis } from './importGenesis.ts'
import { NodeView } from './NodeView.ts'
import { openView } from './openView.ts'
import { restoringDiff } from './rewinding/index.ts'
import { RandomChain } from './testing/index.ts'
import { genesisRecord } from './viewBlocks.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const WINDOW = 8

const folder = mkdtempSync(join(tmpdir(), 'leveret-view-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { chain, json: genesis } = readGenesis({
  text: JSON.stringify({ ...JSON.parse(localGenesisJson()), alloc: {} }),
})
const engine = new Engine({ memoryMiB: 384, evm: 'interpreter' })

/** A view that has followed `records`, with the history in a folder. */
function viewOf(
  path: string,
  records: readonly LogRecord[],
  stateWindow = WINDOW,
): { view: NodeView; history: History } {
  engine.reset()
  const history = History.open(path, { genesisHash: chain.hash, stateWindow })
  if (history.headNumber === undefined) history.append(genesisRecord(chain))
  const start = { blockNumber: chain.header.number, header: chain.encodedHeader, miniBlockNumber: 0n }
  const view = new NodeView({ chain, engine, history, start, logFolder: '', clientVersion: 'test' })
  for (const record of records) view.follow(record)
  return { view, history }
}

describe('the state at a past block', () => {
  for (const window of [WINDOW, Number.POSITIVE_INFINITY])
    it(`is what that block's trie has, also after a restart (window ${window}, seed ${SEED})`, async () => {
      const random = new Prng(SEED)
      const source = new RandomChain(chain, random)
      const path = join(folder, `past-${window}`)
      let { view, history } = viewOf(path, [], window)
      /** By number, once the block is closed. */
      const states = new Map([[0n, source.state()]])
      for (let step = 0; step < 900; step++) {
        const record = source.next()
        view.follow(record)
        if (record.kind === 'closeBlock') states.set(record.number, source.state())
        if (record.kind === 'sealMiniBlock' && random.nextInt(20) === 0)
          await rewind(view, states, { source, random })
        if (random.nextInt(10) === 0) await history.flush()
        if (random.nextInt(60) === 0) {
          await history.close()
          ;({ view, history } = viewOf(path, source.records, window))
        }
        if (random.nextInt(3) === 0) await compareSome(view, states, { source, random, window })
      }
      const headers = source.records.filter(({ kind }) => kind === 'sealHeader').length
      assert.ok(headers > 3 * WINDOW)
      await history.close()
    })

  it('is not kept behind the window, and not known before the head', async () => {
    const source = new RandomChain(chain, new Prng(1))
    const { view, history } = viewOf(join(folder, 'window'), [])
    while (view.sealedNumber < 20n) view.follow(source.next())
    await history.flush()
    const kept = async (number: bigint) => (await view.stateAt({ number })) !== undefined
    assert.equal(await kept(view.sealedNumber - BigInt(WINDOW)), true)
    assert.equal(await kept(view.sealedNumber - BigInt(WINDOW) - 1n), false)
    assert.equal(await kept(view.headNumber + 1n), false)
    await history.close()
  })
})

/** Goes back to a random block of the window. */
async function rewind(
  view: NodeView,
  states: Map<bigint, ReturnType<RandomChain['state']>>,
  { source, random }: { source: RandomChain; random: Prng },
): Promise<void> {
  const most = Math.min(Number(view.sealedNumber - view.firstStateNumber), random.nextInt(8) === 0 ? 100 : 2)
  const blockNumber = view.sealedNumber - BigInt(random.nextInt(most + 1))
  const diff = await restoringDiff(view.restorable, blockNumber)
  view.follow(source.rewind({ blockNumber, diff }))
  for (const number of states.keys()) if (number > blockNumber) states.delete(number)
  const root = bytesToHex(source.state().trie.root())
  assert.equal(root, bytesToHex(states.get(blockNumber)!.trie.root()), `after going back to ${blockNumber}`)
  assert.deepEqual([view.headNumber, view.sealedNumber], [blockNumber, blockNumber])
  for (let i = 0; i < 12; i++) {
    const address = source.address()
    const account = source.state().trie.account(address)
    assert.equal(view.stateAt('latest')!.balance(address), account?.balance ?? 0n)
  }
}

/** Compares an account, its code and a slot at a random block with the oracle's. */
async function compareSome(
  view: NodeView,
  states: ReadonlyMap<bigint, ReturnType<RandomChain['state']>>,
  { source, random, window }: { source: RandomChain; random: Prng; window: number },
): Promise<void> {
  const oldestOfWindow = view.sealedNumber < window ? 0n : view.sealedNumber - BigInt(window)
  // After a rewind the window fills up again.
  const oldest = view.branch === 0n ? oldestOfWindow : view.firstStateNumber
  const number = oldest + BigInt(random.nextInt(Number(view.headNumber - oldest) + 1))
  // The state at the head is the newest, which its block has not ended with.
  if (number === view.headNumber) return
  const { trie, codes } = states.get(number)!
  const reader = await view.stateAt({ number })
  assert.ok(reader !== undefined, `the state of block ${number} is kept; head ${view.headNumber}`)
  for (let i = 0; i < 5; i++) {
    const address = source.address()
    const key = source.key()
    const account = trie.account(address)
    const where = `${bytesToHex(address)} at ${number}, head ${view.headNumber}`
    assert.equal(await reader.balance(address), account?.balance ?? 0n, where)
    assert.equal(await reader.nonce(address), account?.nonce ?? 0n, where)
    const code = account && codes.get(bytesToHex(account.codeHash))
    assert.equal(bytesToHex(await reader.code(address)), bytesToHex(code ?? new Uint8Array(0)), where)
    const value = bytesToHex(trie.storage(address, key))
    assert.equal(bytesToHex(await reader.storage(address, key)), value, where)
    const fields = [account?.balance ?? 0n, toBigInt(account?.codeHash ?? new Uint8Array(0))]
    assert.deepEqual(callOnPast(view, number, LOOKER, lookCode(address)), fields, where)
    assert.deepEqual(callOnPast(view, number, address, slotCode(key)), [toBigInt(hexToBytes(value))], where)
  }
}

/** The words that code returns which runs in place of the account's own, however long that takes. */
function callOnPast(view: NodeView, number: bigint, address: Uint8Array, code: Uint8Array): bigint[] {
  const request = {
    ...{ from: new Uint8Array(20), to: address, gas: 1_000_000n, value: 0n, gasPrice: 0n },
    ...{ data: new Uint8Array(0), accessList: [], authorizations: [] },
    ...{ stateOverrides: [{ address, code }], blockOverrides: {} },
  }
  // A call has a second, which it may wait for a core alone.
  const clock = mock.method(performance, 'now', () => 0)
  const outcome = view.callAt(request, number)
  clock.mock.restore()
  assert.equal(outcome?.status, 'success')
  const { output } = outcome
  return Array.from({ length: output.length / 32 }, (_, i) => toBigInt(output.subarray(32 * i, 32 * i + 32)))
}

const LOOKER = new Uint8Array(20).fill(0xcd)

/** Returns BALANCE and EXTCODEHASH of an address. */
const lookCode = (address: Uint8Array): Uint8Array =>
  hexToBytes(`0x73${bytesToHex(address).slice(2)}80315f523f60205260405ff3`)

/** Returns what SLOAD gives. */
const slotCode = (key: Uint8Array): Uint8Array => hexToBytes(`0x7f${bytesToHex(key).slice(2)}545f5260205ff3`)

describe('openView', () => {
  /** A log of the records from a block on, behind a snapshot of the block before. */
  function logFrom(
    name: string,
    records: readonly LogRecord[],
    first: bigint,
  ): DataFolder & { snapshot: string } {
    const path = join(folder, name)
    const start = records.findIndex((record) => record.kind === 'openBlock' && record.number === first)
    const writer = LogWriter.open(join(path, 'log'), { genesisHash: chain.hash })
    writer.append(records.slice(start))
    writer.close()
    const snapshots = join(path, 'snapshots')
    const head = writeSnapshot(snapshots, records, { first, start })
    return {
      ...{ path, snapshots, log: join(path, 'log'), history: join(path, 'history') },
      ...{ journal: join(path, 'pool.journal'), compiled: join(path, 'compiled'), genesis },
      ...{ isNew: false, local: undefined, sequencer: undefined, fork: join(path, 'fork') },
      ...{ feed: join(path, 'feed'), evidence: join(path, 'evidence'), anew: join(path, 'anew') },
      feedKey: join(path, 'feed.key'),
      ...{ snapshot: snapshotPath(snapshots, head.blockNumber) },
    }
  }

  function writeSnapshot(
    snapshots: string,
    records: readonly LogRecord[],
    { first, start }: { first: bigint; start: number },
  ): SnapshotHead {
    const tail = ChainTail.ofGenesis(chain.closed, chain.hash)
    const changes = new StateChanges()
    for (const record of records.slice(0, start)) {
      tail.follow(record)
      if (record.kind === 'chunk') changes.apply(record.diff)
    }
    const sealed = records.find((record) => record.kind === 'sealHeader' && record.number === first - 1n)
    const head: SnapshotHead = {
      ...{ genesisHash: chain.hash, blockNumber: first - 1n, header: (sealed as SealHeader).header },
      ...{ log: { ...LOG_START, recordNumber: 0n }, tail: encodeChainTail(tail) },
    }
    prepareSnapshotFolder(snapshots)
    const writer = new SnapshotWriter(snapshotPath(snapshots, head.blockNumber), head)
    const pieces = new PieceBuilder((piece) => writer.write(piece))
    for (const _ of mergeSnapshot(undefined, changes, pieces));
    writer.finish()
    return head
  }

  const open = (folder: DataFolder & { snapshot: string }, records: readonly LogRecord[], first: bigint) =>
    openView(chain, folder, {
      ...{ logFolder: folder.log, snapshot: folder.snapshot, journal: folder.journal, genesis },
      segmentBytes: 1 << 20,
      ...{ miniBlockMs: 10, mining: { kind: 'interval' as const, ms: 1000 }, isDev: false },
      recordCount: BigInt(
        records.length - records.findIndex((each) => each.kind === 'openBlock' && each.number === first),
      ),
      ...{ memoryMiB: 384, evm: 'interpreter', compiler: undefined, stateWindow: 128 },
      speculation: { speculators: 0, parallel: 'never' },
      remarks: [],
    })

  /** Blocks 1 to 12. */
  function twelveBlocks(): LogRecord[] {
    const source = new RandomChain(chain, new Prng(2))
    while (!source.records.some((record) => record.kind === 'sealHeader' && record.number === 12n))
      source.next()
    return source.records
  }

  it('begins the history with the first block of a log that begins later', async () => {
    const records = twelveBlocks()
    const data = logFrom('later', records, 5n)
    const { view, history } = await open(data, records, 5n)
    assert.deepEqual([history.firstNumber, history.headNumber, view.firstNumber], [5n, 12n, 5n])
    assert.equal(view.getBlock({ number: 4n }), undefined)
    assert.equal(view.getBlock({ number: 5n })?.number, 5n)
    // The genesis block is always there.
    assert.equal(view.getBlock({ number: 0n })?.hash, view.getBlock({ hash: chain.hash })?.hash)
    await history.close()
  })

  it('goes on with a history that reaches the log, and begins anew where there is a gap', async () => {
    const records = twelveBlocks()
    for (const [name, last, firstNumber] of [
      ['reaching', 4n, 0n],
      ['gap', 3n, 5n],
    ] as const) {
      const data = logFrom(name, records, 5n)
      const end = records.findIndex((record) => record.kind === 'sealHeader' && record.number === last)
      const before = viewOf(data.history, records.slice(0, end + 1))
      await before.history.close()
      const { history } = await open(data, records, 5n)
      assert.deepEqual([history.firstNumber, history.headNumber], [firstNumber, 12n], name)
      await history.close()
    }
  })
})

describe('what is promised of a transaction', () => {
  it('is durable from the end of its mini-block on that a sync has covered', async () => {
    const source = new RandomChain(chain, new Prng(3))
    const { view, history } = viewOf(join(folder, 'promise'), [])
    /** Block and index of every transaction, by mini-block. */
    const places: { blockNumber: bigint; index: number; miniBlock: bigint }[] = []
    let miniBlock = 0n
    let blockNumber = 0n
    while (miniBlock < 40n) {
      const record = source.next()
      view.follow(record)
      if (record.kind === 'openBlock') blockNumber = record.number
      if (record.kind === 'sealMiniBlock') miniBlock = record.number
      if (record.kind !== 'chunk') continue
      for (let i = 0; i < record.transactions.length; i++) {
        const index = record.firstTransactionIndex + i
        places.push({ blockNumber, index, miniBlock: record.miniBlockNumber })
      }
    }
    assert.ok(places.length > 40)
    for (const reached of [0n, 1n, 7n, 30n]) {
      view.markDurable({ branch: 0n, blockNumber: 0n, miniBlockNumber: reached })
      for (const { blockNumber, index, miniBlock } of places) {
        const expected = miniBlock <= reached ? 'durable' : 'executed'
        assert.equal(view.promiseOf(blockNumber, index), expected, `${blockNumber} ${index} at ${reached}`)
      }
    }
    await history.close()
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../../src/execution/index.ts'
import type { LogRecord } from '../../src/feed/index.ts'
import { History } from '../../src/history/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { assert, bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import type { Chain } from '../../src/node/chain.ts'
import { NodeView } from '../../src/node/NodeView.ts'
import { trieAnswers } from '../../src/node/trieAnswers.ts'
import {
  decodeBlock,
  decodeTransaction,
  EMPTY_CODE_HASH,
  type EvmBlock,
  type ExecutedTransaction,
  ExecutedTransactions,
  encodeHeader,
  encodeStateDiff,
  FORK_RULES,
  type Genesis,
  genesisHeader,
  headerHash,
  parseGenesis,
  recoverSender,
  stageAt,
} from '../../src/protocol/index.ts'
import { CompactStateTrie } from '../../src/trie/index.ts'
import { wordOf } from '../environment.ts'
import { AcceptingPool } from './AcceptingPool.ts'

/** Changed members of an account after a block; null: it is gone. A slot of zero is deleted. */
type RecordedAccount = {
  nonce?: string
  balance?: string
  code?: string
  storage?: Record<string, string>
} | null

export type RecordedState = { number: number; stateRoot: string; diff: Record<string, RecordedAccount> }
export type RecordedReceipts = { number: number; receipts: { rlp: string }[] }

/** What describes a chain that was recorded elsewhere. */
export type ChainRecording = {
  genesis: object
  /** The blocks from 1 on, RLP, one behind the other. */
  blocks: Uint8Array
  /** Of every block, genesis included. */
  states: RecordedState[]
  receipts: RecordedReceipts[]
}

/**
 * A chain that was executed elsewhere, followed by its state diffs as a node follows the log. So it can be served although
 * some of its blocks have rules that the engine doesn't know. Transactions that are sent to it are checked and wait: its
 * head stays where it is.
 */
export class RecordedChain {
  readonly view: NodeView
  readonly #folder: string
  readonly #history: History
  readonly #trie = new CompactStateTrie({ memoryMiB: 64, keptStates: 64 })
  readonly #accounts = new Map<string, { nonce: bigint; balance: bigint; codeHash: Uint8Array }>()

  constructor(recording: ChainRecording) {
    const parsed = parseGenesis(recording.genesis, { allowEarlierForks: true })
    assert(parsed.ok, parsed.ok ? '' : parsed.message)
    const engine = new Engine({ memoryMiB: 384 })
    const genesisDiff = this.#diffOf(recording.states[0]!)
    engine.applyDiff(genesisDiff)
    this.#keepTrie(genesisDiff, recording.states[0]!)
    const chain = chainOf(parsed.genesis, hexToBytes(recording.states[0]!.stateRoot))
    this.#folder = mkdtempSync(join(tmpdir(), 'leveret-recorded-'))
    this.#history = History.open(join(this.#folder, 'history'), {
      genesisHash: chain.hash,
      stateWindow: Number.POSITIVE_INFINITY,
    })
    this.#history.append({
      ...{ number: 0n, hash: chain.hash, header: chain.encodedHeader, miniBlockCount: 0 },
      transactions: new ExecutedTransactions(),
    })
    this.view = new NodeView({
      ...{ chain, engine, history: this.#history, clientVersion: 'conformance' },
      start: { blockNumber: 0n, header: chain.encodedHeader, miniBlockNumber: 0n },
      logFolder: join(this.#folder, 'log'),
    })
    this.#follow(recording)
    const pool = new AcceptingPool(this.view, chain)
    this.view.connect({
      sealer: trieAnswers(this.#trie),
      ...{ submissions: pool, pool: pool.view, monitor: { status: () => notAsked('leveret_evmStatus') } },
      nodeStatus: () => ({ role: 'sequencer', following: undefined }),
      network: async () => [],
      dev: undefined,
    })
  }

  async close(): Promise<void> {
    await this.view.close()
    await this.#history.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #follow({ blocks, states, receipts }: ChainRecording): void {
    for (const [i, block] of decodeBlocks(blocks).entries()) {
      const state = states[i + 1]!
      const diff = this.#diffOf(state)
      this.#keepTrie(diff, state)
      const encoded = receipts[i]!.receipts.map(({ rlp }) => hexToBytes(rlp))
      for (const record of recordsOf(block, { diff, receipts: encoded })) this.view.follow(record)
    }
    this.view.markAllDurable()
  }

  #keepTrie(diff: Uint8Array, { number, stateRoot }: RecordedState): void {
    this.#trie.apply(diff)
    assert(bytesToHex(this.#trie.root()) === stateRoot, `the recorded state of block ${number} has its root`)
    this.#trie.keep(BigInt(number))
  }

  #diffOf({ diff }: RecordedState): Uint8Array {
    const result: Parameters<typeof encodeStateDiff>[0] = { accounts: [], slots: [], codes: [] }
    for (const [name, change] of Object.entries(diff)) {
      const address = hexToBytes(name)
      if (change === null) {
        this.#accounts.delete(name)
        const nothing = { nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
        result.accounts.push({ address, deleted: true, ...nothing })
        continue
      }
      const code = change.code === undefined ? undefined : hexToBytes(change.code)
      const before = this.#accounts.get(name) ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
      const after = {
        nonce: BigInt(change.nonce ?? before.nonce),
        balance: BigInt(change.balance ?? before.balance),
        codeHash: code === undefined ? before.codeHash : keccak256(code),
      }
      this.#accounts.set(name, after)
      result.accounts.push({ address, deleted: false, ...after })
      if (code !== undefined && code.length > 0) result.codes.push({ hash: after.codeHash, code })
      for (const [key, value] of Object.entries(change.storage ?? {}))
        result.slots.push({ address, key: wordOf(key, 32), value: wordOf(value, 32) })
    }
    return encodeStateDiff(result)
  }
}

/** Block 0 and rules; before Cancun, where the engine knows none, those of Shanghai. */
function chainOf(genesis: Genesis, stateRoot: Uint8Array): Chain {
  const { config, block } = genesis
  const header = genesisHeader(genesis, stateRoot)
  const stage = (timestamp: bigint): NonNullable<ReturnType<typeof stageAt>> =>
    stageAt(config, timestamp) ?? {
      timestamp: 0n,
      fork: 'Shanghai',
      blobSchedule: FORK_RULES.Shanghai.blobSchedule,
    }
  return {
    ...{ genesis, chainId: config.chainId, header, isFork: false },
    encodedHeader: encodeHeader(header),
    hash: headerHash(header),
    closed: {
      ...{ number: 0n, timestamp: block.timestamp, gasLimit: block.gasLimit, gasUsed: block.gasUsed },
      baseFeePerGas: block.baseFeePerGas ?? 0n,
      ...{ excessBlobGas: block.excessBlobGas, blobGasUsed: block.blobGasUsed },
    },
    schedule: {
      ...{ chainId: config.chainId, coinbase: block.coinbase, gasLimit: block.gasLimit },
      forkAt: (timestamp) => stage(timestamp).fork,
      isIsthmusAt: () => false,
      blobScheduleAt: (timestamp) => stage(timestamp).blobSchedule,
    },
  }
}

function decodeBlocks(bytes: Uint8Array): EvmBlock[] {
  const blocks: EvmBlock[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + itemLength(bytes.subarray(at))
    const decoded = decodeBlock(bytes.subarray(at, end))
    assert(decoded.ok, 'the recording holds blocks')
    blocks.push(decoded.block)
    at = end
  }
  return blocks
}

/** Bytes of the RLP list that `bytes` begin with. */
function itemLength(bytes: Uint8Array): number {
  const lead = bytes[0]!
  assert(lead >= 0xc0, 'a block is a list')
  if (lead < 0xf8) return 1 + lead - 0xc0
  const size = lead - 0xf7
  return 1 + size + Number(BigInt(bytesToHex(bytes.subarray(1, 1 + size))))
}

/** The block as the log would have it, in one mini-block. */
function recordsOf(
  block: EvmBlock,
  { diff, receipts }: { diff: Uint8Array; receipts: Uint8Array[] },
): LogRecord[] {
  const { header } = block
  const { number } = header
  const transactions = ExecutedTransactions.of(
    block.transactions.map((raw, i) => executed(raw, receipts[i]!)),
  )
  return [
    {
      ...{ kind: 'openBlock', number, timestamp: header.timestamp, coinbase: header.coinbase },
      ...{ gasLimit: header.gasLimit, prevRandao: header.prevRandao },
      baseFeePerGas: header.baseFeePerGas ?? 0n,
      excessBlobGas: header.excessBlobGas ?? 0n,
      parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? new Uint8Array(32),
    },
    { kind: 'chunk', miniBlockNumber: number, firstTransactionIndex: 0, transactions, diff },
    {
      ...{ kind: 'sealMiniBlock', number, epoch: 0n, timestampUs: header.timestamp * 1_000_000n },
      ...{ blockNumber: number, indexInBlock: 0, transactionCount: transactions.length },
      gasUsed: header.gasUsed,
      ...{ parentDigest: new Uint8Array(32), digest: new Uint8Array(32) },
    },
    {
      ...{ kind: 'closeBlock', number, gasUsed: header.gasUsed },
      ...{ blobGasUsed: header.blobGasUsed ?? 0n, requests: [] },
    },
    { kind: 'sealHeader', number, header: encodeHeader(header) },
  ]
}

function executed(raw: Uint8Array, receipt: Uint8Array): ExecutedTransaction {
  const decoded = decodeTransaction(raw)
  assert(decoded.ok, 'the recording holds transactions')
  const sender = recoverSender(decoded.transaction)
  assert(sender !== undefined, 'its sender can be recovered')
  return { sender, hash: keccak256(raw), raw, receipt }
}

function notAsked(method: string): never {
  throw new Error(`The recorded exchanges don't call ${method}.`)
}

import assert from 'node:assert/strict'
import { Engine, executeBlock } from '../../src/execution/index.ts'
import { bytesToHex, hexToBytes, quantity } from '../../src/lib/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { firstState } from '../../src/node/inProcess/firstState.ts'
import {
  type AccountWrite,
  decodeBlock,
  decodeReceipt,
  decodeTransaction,
  headerHash,
  transactionHash,
} from '../../src/protocol/index.ts'
import { diffOfWrites } from '../../src/sequencer/index.ts'
import { CompactStateTrie } from '../../src/trie/index.ts'
import type { Json } from '../lib/index.ts'

/** A developer's write, and the block that is the first to have it. */
export type PlacedWrite = { block: bigint; write: AccountWrite }

/** What stands in a log whatever node tells it. */
export type PlainLog = { blockNumber: string; transactionHash: string; address: string; data: string }

const engine = new Engine({ memoryMiB: 384, evm: 'interpreter' })

/**
 * The state and logs of a chain that was executed from its genesis in one go: the blocks as a node gives them, and what
 * was written between them. Its header must be what the execution comes to.
 */
export class Reexecuted {
  readonly logs: PlainLog[] = []
  readonly #trie = new CompactStateTrie({ memoryMiB: 256 })

  constructor() {
    engine.reset()
    for (const diff of firstState(localGenesisJson()).diffs) this.#apply(diff)
  }

  /** @param raw - each block as RLP, block 1 first. */
  run(raw: readonly string[], genesisHash: string, writes: readonly PlacedWrite[]): void {
    const { schedule, chainId } = firstState(localGenesisJson()).chain
    const hashes = [hexToBytes(genesisHash)]
    for (const [index, encoded] of raw.entries()) {
      const number = BigInt(index + 1)
      this.#write(writes, number)
      const decoded = decodeBlock(hexToBytes(encoded))
      assert.ok(decoded.ok)
      const { block } = decoded
      const { header } = block
      assert.equal(header.number, number)
      assert.equal(bytesToHex(header.parentHash), bytesToHex(hashes.at(-1)!), `parent of block ${number}`)
      const rules = {
        fork: schedule.forkAt(header.timestamp),
        blobSchedule: schedule.blobScheduleAt(header.timestamp),
      }
      const outcome = executeBlock(engine, block, { chainId, rules, blockHash: (n) => hashes[Number(n)] })
      assert.equal(outcome.kind, 'executed')
      this.#trie.apply(engine.takeDiff().slice())
      assert.equal(
        bytesToHex(header.stateRoot),
        bytesToHex(this.#trie.root()),
        `state root of block ${number}`,
      )
      assert.equal(header.gasUsed, outcome.gasUsed)
      this.#note(number, block.transactions, outcome.receipts)
      hashes.push(headerHash(header))
    }
    this.#write(writes, BigInt(raw.length + 1))
  }

  account(address: string): Json {
    const found = engine.getAccount(hexToBytes(address))
    const balance = quantity(found?.balance ?? 0n)
    return {
      balance,
      nonce: quantity(found?.nonce ?? 0n),
      code: bytesToHex(engine.getCode(hexToBytes(address))),
    }
  }

  slot(address: string, key: string): string {
    return bytesToHex(engine.getStorage(hexToBytes(address), hexToBytes(key)))
  }

  #write(writes: readonly PlacedWrite[], block: bigint): void {
    for (const { write } of writes.filter((each) => each.block === block))
      this.#apply(diffOfWrites(engine, [write]))
  }

  #apply(diff: Uint8Array): void {
    engine.applyDiff(diff)
    this.#trie.apply(diff)
  }

  #note(number: bigint, transactions: readonly Uint8Array[], receipts: readonly Uint8Array[]): void {
    for (const [index, encoded] of receipts.entries()) {
      const decoded = decodeReceipt(encoded)
      const transaction = decodeTransaction(transactions[index]!)
      assert.ok(decoded.ok && transaction.ok)
      for (const { address, data } of decoded.receipt.logs)
        this.logs.push({
          blockNumber: quantity(number),
          transactionHash: bytesToHex(transactionHash(transaction.transaction)),
          ...{ address: bytesToHex(address), data: bytesToHex(data) },
        })
    }
  }
}

import {
  EMPTY_CODE_HASH,
  encodeStateDiff,
  type GenesisAccount,
  type StateDiff,
} from '../../src/protocol/index.ts'
import { StateTrie } from '../../src/trie/index.ts'
import { genesisDiff } from '../lib/genesisDiff.ts'
import { bytes, hex, type Json, WsRpc } from '../lib/index.ts'

/**
 * A reader that has the genesis and the stream of all state changes, and nothing else: it knows the whole state, and the
 * root after each EVM block. It fails as soon as a mini-block is missing, comes twice, or is another one's child.
 */
export class StateFollower {
  /** State roots after EVM blocks, by number: each is known once the next block begins. */
  readonly roots = new Map<bigint, string>()
  miniBlocks = 0
  #trie: StateTrie
  #next = 1n
  #block = 0n
  #digest: string | undefined
  #rpc: WsRpc | undefined
  failure: unknown

  constructor(genesis: GenesisAccount[]) {
    this.#trie = StateTrie.empty().apply(genesisDiff(genesis))
  }

  /** Follows from where it stopped. */
  async connect(wsUrl: string): Promise<void> {
    const rpc = await WsRpc.open(wsUrl)
    this.#rpc = rpc
    const fromMiniBlock = `0x${this.#next.toString(16)}`
    await rpc.subscribe('stateChanges', (result) => this.#take(result), { fromMiniBlock })
  }

  /** As a broken connection. */
  disconnect(): void {
    this.#rpc?.close()
  }

  #take(result: Json): void {
    try {
      this.#follow(result)
    } catch (error) {
      this.failure ??= error
    }
  }

  #follow(result: Json): void {
    const number = BigInt(result.mini_block_number)
    if (number !== this.#next) throw new Error(`mini-block ${number} instead of ${this.#next}`)
    if (this.#digest !== undefined && result.parent_digest !== this.#digest)
      throw new Error(`mini-block ${number} does not follow from the one before`)
    const block = BigInt(result.block_number)
    if (block !== this.#block) this.roots.set(this.#block, hex(this.#trie.root()))
    for (const chunk of result.state_changes)
      this.#trie = this.#trie.apply(encodeStateDiff(diffOf(chunk.accounts)))
    this.#block = block
    this.#digest = result.digest
    this.#next = number + 1n
    this.miniBlocks++
  }
}

function diffOf(accounts: Json[]): StateDiff {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const { nonce, balance, storage, codeHash, deleted, ...rest } of accounts) {
    const address = bytes(rest.address)
    if (nonce !== undefined) {
      diff.accounts.push({
        ...{ address, deleted: deleted === true, nonce: BigInt(nonce), balance: BigInt(balance) },
        codeHash: deleted ? new Uint8Array(32) : codeHash === undefined ? EMPTY_CODE_HASH : bytes(codeHash),
      })
    }
    for (const [key, value] of Object.entries(storage as Record<string, string>))
      diff.slots.push({ address, key: bytes(key), value: bytes(`0x${value.slice(2).padStart(64, '0')}`) })
  }
  return diff
}

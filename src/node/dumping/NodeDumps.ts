import { type AdoptedBlock, encodeAdoptedBlocks, MAX_PAYLOAD_BYTES } from '../../feed/index.ts'
import { bytesToHex, concatBytes } from '../../lib/index.ts'
import {
  type AccountWrite,
  decodeStateDiff,
  EMPTY_CODE_HASH,
  ExecutedTransactions,
  encodeHeader,
  headerHash,
  type SealedPlace,
  type StateDiff,
} from '../../protocol/index.ts'
import { DevError, type ReadDump, type StateDump, type StateDumps, type ViewBlock } from '../../rpc/index.ts'
import { ANCESTOR_HASHES, diffOfWrites } from '../../sequencer/index.ts'
import { type NodeRewinds, openWrites, REWIND_BYTES, type RestorableState } from '../rewinding/index.ts'

/** Accounts and slots, and blocks, that a dump has at most. */
const ENTRY_LIMIT = 1_000_000
const BLOCK_LIMIT = 100_000

type DumpedChain = {
  readonly sealedPlace: SealedPlace
  readonly firstNumber: bigint
  getBlock(id: { number: bigint }): ViewBlock | undefined
  readonly restorable: RestorableState
}

export type NodeDumpsOptions = {
  view: DumpedChain
  rewinds: NodeRewinds
  writeState(writes: readonly AccountWrite[]): Promise<void>
  /** Undefined: nobody has the whole state. */
  state: OpenState | undefined
}

/** Hands out encoded StateDiffs, which one after the other make up a whole state. */
export type ReadState = (onDiff: (diff: Uint8Array) => void) => Promise<void>

/** Opens the state after the newest sealed block, while nothing is executed; it may be read when the chain goes on. */
export type OpenState = (place: SealedPlace) => Promise<ReadState>

/** Dumps of a chain: the state as the files have it, the blocks as history has them. */
export class NodeDumps implements StateDumps {
  readonly #options: NodeDumpsOptions

  constructor(options: NodeDumpsOptions) {
    this.#options = options
  }

  async dump(): Promise<StateDump> {
    const { view, rewinds, state: open } = this.#options
    if (open === undefined) throw new DevError('a chain that goes on after the block of another has no dump')
    let place = view.sealedPlace
    let writes: Uint8Array | undefined
    let read: ReadState = async () => {}
    await rewinds.atRest(async () => {
      place = view.sealedPlace
      writes = openWrites(view.restorable)
      read = await open(place)
      return undefined
    })
    const accounts = new DumpedAccounts()
    await read((diff) => accounts.apply(diff))
    if (writes !== undefined) accounts.apply(writes)
    return { accounts: accounts.all(), blocks: this.#blocksUpTo(place.blockNumber) }
  }

  async load({ accounts, blocks: all }: ReadDump): Promise<void> {
    const { view, rewinds, writeState } = this.#options
    // The chain's own genesis stays.
    const blocks = all.filter(({ header }) => header.number > 0n)
    const newest = blocks.at(-1)
    if (newest === undefined) return writeState(accounts)
    await rewinds.atRest(async (clockS) => {
      const adopted = encodeAdoptedBlocks(blocks.map(adoptedOf))
      const state = view.restorable
      const diff = diffOfWrites({ getAccount: state.account, hasStorage: state.hasStorage }, accounts)
      if (adopted.length + diff.length > REWIND_BYTES)
        throw new DevError(
          `the dump is too large: its state and blocks take more than ${MAX_PAYLOAD_BYTES} bytes`,
        )
      return {
        ...{ blockNumber: blocks[0]!.header.number - 1n, adoptedCount: blocks.length, adopted, diff },
        ...{ miniBlockCount: 0, header: encodeHeader(newest.header), writes: undefined, clockS },
        hashes: concatBytes(...all.slice(-Number(ANCESTOR_HASHES)).map(({ header }) => headerHash(header))),
      }
    })
    rewinds.forgetAll()
  }

  #blocksUpTo(last: bigint): ViewBlock[] {
    const { view } = this.#options
    const blocks: ViewBlock[] = []
    const first = last - view.firstNumber >= BLOCK_LIMIT ? last - BigInt(BLOCK_LIMIT) + 1n : view.firstNumber
    for (let number = first; number <= last; number++) {
      const block = view.getBlock({ number })
      if (block !== undefined) blocks.push(block)
    }
    return blocks
  }
}

function adoptedOf({ header, transactions }: ReadDump['blocks'][number]): AdoptedBlock {
  return { header: encodeHeader(header), transactions: ExecutedTransactions.of(transactions) }
}

/** Accounts gathered of state diffs. */
class DumpedAccounts {
  readonly #accounts = new Map<string, StateDiff['accounts'][number]>()
  readonly #slots = new Map<string, Map<string, { key: Uint8Array; value: Uint8Array }>>()
  readonly #codes = new Map<string, Uint8Array>([[bytesToHex(EMPTY_CODE_HASH), new Uint8Array(0)]])
  #entries = 0

  apply(encoded: Uint8Array): void {
    const decoded = decodeStateDiff(encoded)
    if (!decoded.ok) throw new DevError(decoded.message)
    const { accounts, slots, codes } = decoded.diff
    this.#entries += accounts.length + slots.length
    if (this.#entries > ENTRY_LIMIT)
      throw new DevError(`the state is too large for a dump (limit ${ENTRY_LIMIT} entries)`)
    for (const { hash, code } of codes) this.#codes.set(bytesToHex(hash), code.slice())
    for (const account of accounts) {
      const name = bytesToHex(account.address)
      if (account.deleted) {
        this.#accounts.delete(name)
        this.#slots.delete(name)
      } else this.#accounts.set(name, structuredClone(account))
    }
    for (const { address, key, value } of slots) {
      const name = bytesToHex(address)
      const ofAccount = this.#slots.get(name) ?? new Map()
      ofAccount.set(bytesToHex(key), { key: key.slice(), value: value.slice() })
      this.#slots.set(name, ofAccount)
    }
  }

  all(): AccountWrite[] {
    return [...this.#accounts].map(([name, { address, nonce, balance, codeHash }]) => ({
      ...{ address, nonce, balance, code: this.#codes.get(bytesToHex(codeHash))! },
      slots: [...(this.#slots.get(name)?.values() ?? [])],
    }))
  }
}

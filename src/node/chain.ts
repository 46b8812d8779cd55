import { assert, type Clock, tryHexToBytes } from '../lib/index.ts'
import {
  decodeHeader,
  encodeHeader,
  forkAt,
  type Genesis,
  genesisHeader,
  type Header,
  headerHash,
  isIsthmusAt,
  parseGenesis,
  stageAt,
} from '../protocol/index.ts'
import type { BlockSchedule, ClosedBlock, TransactionRules } from '../sequencer/index.ts'
import { nowSeconds } from './nowSeconds.ts'

/** A chain's beginning and rules, computed from its genesis: the same in every thread. Its first state is a snapshot. */
export type Chain = {
  genesis: Genesis
  chainId: bigint
  header: Header
  encodedHeader: Uint8Array
  hash: Uint8Array
  /** Whether `header` is another chain's, on whose state this one stands: see forking/. */
  isFork: boolean
  /** Block 0 as the parent of block 1. */
  closed: ClosedBlock
  schedule: BlockSchedule
}

/**
 * @param json - Text of a data folder's genesis.json, which names the root of its state.
 * @throws GenesisError if it is not one.
 */
export function loadChain(json: string): Chain {
  const file: unknown = JSON.parse(json)
  const result = parseGenesis(file)
  if (!result.ok) throw new GenesisError(result.message)
  return chainOf(result.genesis, file)
}

/**
 * @param genesis - with its `stateHash`.
 * @param file - the genesis as it stands in the file, if it does.
 */
export function chainOf(genesis: Genesis, file: unknown = {}): Chain {
  const { config, block, stateHash } = genesis
  assert(stateHash !== undefined, 'the genesis names the root of its state')
  const forked = forkedHeader(file)
  const header = forked ?? genesisHeader(genesis, stateHash)
  return {
    isFork: forked !== undefined,
    genesis,
    chainId: config.chainId,
    header,
    encodedHeader: encodeHeader(header),
    hash: headerHash(header),
    closed: {
      number: block.number,
      timestamp: block.timestamp,
      gasLimit: block.gasLimit,
      gasUsed: block.gasUsed,
      baseFeePerGas: block.baseFeePerGas ?? 0n,
      excessBlobGas: block.excessBlobGas,
      blobGasUsed: block.blobGasUsed,
    },
    schedule: {
      chainId: config.chainId,
      coinbase: block.coinbase,
      gasLimit: block.gasLimit,
      forkAt: (timestamp) => forkAt(config, timestamp),
      isIsthmusAt: (timestamp) => isIsthmusAt(config, timestamp),
      blobScheduleAt: (timestamp) => {
        const stage = stageAt(config, timestamp)
        assert(stage !== undefined, 'the chain starts at Cancun or later')
        return stage.blobSchedule
      },
    },
  }
}

/** By which a transaction that comes now is checked. */
export function rulesNow({ chainId, schedule }: Chain, clock?: Clock): TransactionRules {
  return { chainId, fork: schedule.forkAt(nowSeconds(clock)), blockGasLimit: schedule.gasLimit }
}

/** The header of the block from which the chain was forked, which stands in the place of a genesis block. */
function forkedHeader(file: unknown): Header | undefined {
  const { forkedFrom } = file as { forkedFrom?: { header?: unknown } }
  if (forkedFrom === undefined) return undefined
  const decoded = decodeHeader(tryHexToBytes(String(forkedFrom.header)) ?? new Uint8Array(0))
  if (!decoded.ok) throw new GenesisError('forkedFrom.header is no header')
  return decoded.header
}

/** A genesis file that can't be used. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError'

  constructor(reason: string) {
    super(`The genesis can't be used.\n  ${reason}\n  next: correct the file.`)
  }
}

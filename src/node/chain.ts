import { assert } from '../lib/index.ts'
import {
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
import type { BlockSchedule, ClosedBlock } from '../sequencer/index.ts'

/** A chain's beginning and rules, computed from its genesis: the same in every thread. Its first state is a snapshot. */
export type Chain = {
  genesis: Genesis
  chainId: bigint
  header: Header
  encodedHeader: Uint8Array
  hash: Uint8Array
  /** Block 0 as the parent of block 1. */
  closed: ClosedBlock
  schedule: BlockSchedule
}

/**
 * @param json - Text of a data folder's genesis.json, which names the root of its state.
 * @throws GenesisError if it is not one.
 */
export function loadChain(json: string): Chain {
  const result = parseGenesis(JSON.parse(json))
  if (!result.ok) throw new GenesisError(result.message)
  return chainOf(result.genesis)
}

/** @param genesis - with its `stateHash`. */
export function chainOf(genesis: Genesis): Chain {
  const { config, block, stateHash } = genesis
  assert(stateHash !== undefined, 'the genesis names the root of its state')
  const header = genesisHeader(genesis, stateHash)
  return {
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

/** A genesis file that can't be used. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError'

  constructor(reason: string) {
    super(`The genesis can't be used.\n  ${reason}\n  next: correct the file.`)
  }
}

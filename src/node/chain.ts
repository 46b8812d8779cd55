import { assert } from '../lib/index.ts'
import {
  encodeHeader,
  forkAt,
  type Genesis,
  genesisHeader,
  type Header,
  headerHash,
  parseGenesis,
  stageAt,
} from '../protocol/index.ts'
import type { BlockSchedule, ClosedBlock } from '../sequencer/index.ts'
import { orderedTrieRoot, StateTrie } from '../trie/index.ts'
import { genesisDiff } from './genesisDiff.ts'

/** A chain's beginning and rules, computed from its genesis: the same in every thread. */
export type Chain = {
  genesis: Genesis
  chainId: bigint
  /** The genesis accounts as an encoded StateDiff. */
  diff: Uint8Array
  header: Header
  encodedHeader: Uint8Array
  hash: Uint8Array
  /** Block 0 as the parent of block 1. */
  closed: ClosedBlock
  schedule: BlockSchedule
}

/**
 * @param json - Text of a geth-style genesis file.
 * @throws GenesisError if it is not one.
 */
export function loadChain(json: string, { blockMs }: { blockMs: number }): Chain {
  const genesis = readGenesis(json)
  const { config, block } = genesis
  const diff = genesisDiff(genesis.accounts)
  const header = genesisHeader(genesis, StateTrie.empty().apply(diff).root())
  return {
    genesis,
    chainId: config.chainId,
    diff,
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
      blockMs,
      coinbase: block.coinbase,
      gasLimit: block.gasLimit,
      forkAt: (timestamp) => forkAt(config, timestamp),
      blobScheduleAt: (timestamp) => {
        const stage = stageAt(config, timestamp)
        assert(stage !== undefined, 'the chain starts at Cancun or later')
        return stage.blobSchedule
      },
    },
  }
}

/** Root of a list of transactions or receipts. */
export const orderedRoot: (values: Uint8Array[]) => Uint8Array = orderedTrieRoot

function readGenesis(json: string): Genesis {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw new GenesisError(`it is not JSON: ${(error as Error).message}`)
  }
  const result = parseGenesis(parsed)
  if (!result.ok) throw new GenesisError(result.message)
  return result.genesis
}

/** A genesis file that can't be used. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError'

  constructor(reason: string) {
    super(`The genesis can't be used.\n  ${reason}\n  next: correct the file.`)
  }
}

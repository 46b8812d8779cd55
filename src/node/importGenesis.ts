import { LOG_START } from '../feed/index.ts'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT, L2_TO_L1_MESSAGE_PASSER, readGenesisFile } from '../protocol/index.ts'
import { ChainTail, encodeChainTail } from '../sequencer/index.ts'
import {
  mergeSnapshot,
  PieceBuilder,
  prepareSnapshotFolder,
  SnapshotWriter,
  StateChanges,
  snapshotPath,
} from '../state/index.ts'
import { CompactStateTrie } from '../trie/index.ts'
import { type Chain, chainOf, GenesisError } from './chain.ts'
import { type GenesisSource, genesisChunks, type Progress } from './genesisSource.ts'
import { CHECKING_TRIE } from './trieOptions.ts'

/** A genesis, read: what a data folder keeps of it. */
export type ReadGenesis = {
  /** Text of the genesis without its accounts, which names the root of their state instead. */
  json: string
  chain: Chain
  /** The first state; undefined where the genesis only names its root. */
  state: StateChanges | undefined
}

/**
 * Reads a genesis of any size and computes the root of its state.
 *
 * @throws GenesisError if it is not one.
 */
export function readGenesis(source: GenesisSource, onProgress?: Progress): ReadGenesis {
  const state = new StateChanges()
  const result = readGenesisFile(genesisChunks(source, onProgress), {
    account: (entry) => state.setAccount(entry),
    slot: (entry) => state.setSlot(entry),
    code: (hash, code) => state.addCode(hash, code),
  })
  if (!result.ok) throw new GenesisError(result.message)
  const { genesis, json } = result
  const isListed = state.count > 0 || genesis.stateHash === undefined
  const trie = isListed ? commit(state, onProgress) : undefined
  const stateHash = trie?.root() ?? genesis.stateHash!
  if (genesis.stateHash !== undefined && !equalBytes(genesis.stateHash, stateHash)) {
    throw new GenesisError(
      `its accounts have the state root ${bytesToHex(stateHash)}, but stateHash names ${bytesToHex(genesis.stateHash)}`,
    )
  }
  const messagePasserStorageRoot =
    trie?.storageRoot(L2_TO_L1_MESSAGE_PASSER) ?? genesis.messagePasserStorageRoot ?? EMPTY_TRIE_ROOT
  const roots = { stateHash, messagePasserStorageRoot }
  const rootsJson = {
    stateHash: bytesToHex(stateHash),
    messagePasserStorageRoot: bytesToHex(messagePasserStorageRoot),
  }
  return {
    json: `${JSON.stringify({ ...json, ...rootsJson }, undefined, 2)}\n`,
    chain: chainOf({ ...genesis, ...roots }, json),
    state: isListed ? state : undefined,
  }
}

/** Writes the first state as the snapshot of block 0 (or of the genesis block's number). */
export function writeGenesisSnapshot(
  { chain, state }: ReadGenesis,
  { folder, onProgress }: { folder: string; onProgress?: Progress | undefined },
): void {
  const listed = listedState(state)
  const { number } = chain.header
  prepareSnapshotFolder(folder)
  const writer = new SnapshotWriter(snapshotPath(folder, number), {
    genesisHash: chain.hash,
    blockNumber: number,
    header: chain.encodedHeader,
    log: { ...LOG_START, recordNumber: 0n },
    tail: encodeChainTail(ChainTail.ofGenesis(chain.closed, chain.hash)),
  })
  let written = 0
  const pieces = new PieceBuilder((piece) => {
    writer.write(piece)
    written += piece.diff.length
    onProgress?.({ what: 'writing the state', done: written, total: listed.sizeBytes })
  })
  for (const _ of mergeSnapshot(undefined, listed, pieces));
  writer.finish()
}

/** @throws GenesisError where the genesis only names the root of its state. */
export function listedState(state: ReadGenesis['state']): StateChanges {
  if (state !== undefined) return state
  throw new GenesisError('it names the root of its state (stateHash) but does not list the accounts (alloc)')
}

function commit(state: StateChanges, onProgress: Progress | undefined): CompactStateTrie {
  const trie = new CompactStateTrie(CHECKING_TRIE)
  let hashed = 0
  const pieces = new PieceBuilder(({ diff }) => {
    trie.apply(diff)
    hashed += diff.length
    onProgress?.({ what: 'hashing the state', done: hashed, total: state.sizeBytes })
  })
  for (const _ of mergeSnapshot(undefined, state, pieces));
  return trie
}

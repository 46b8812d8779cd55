import { equalBytes } from '../lib/index.ts'
import { decodeBlock, type EvmBlock, type Header, headerHash } from '../protocol/index.ts'
import type { Engine } from './Engine.ts'
import { type BlockOutcome, executeBlock } from './executeBlock.ts'
import { differs, type OrderedRoot, validateBody } from './validateBody.ts'
import {
  type BlockExceptionCode,
  type BlockFailure,
  type BlockRules,
  blockFailure,
  validateHeader,
} from './validateHeader.ts'

/** What importing needs of the trie room. */
export interface Commitment {
  orderedRoot: OrderedRoot
  /** The state root after an encoded diff on the parent's state. Changes nothing. */
  stateRootAfter(diff: Uint8Array): Uint8Array
}

export type ImportContext = {
  chainId: bigint
  /** What is in force at a block's timestamp (Unix seconds). */
  rulesAt(timestamp: bigint): BlockRules
  parent: Header
  /** Hash of an ancestor by number; undefined where the chain has none. */
  blockHash(number: bigint): Uint8Array | undefined
  commitment: Commitment
}

export type ImportOutcome =
  /** The engine is at the block's state. */
  | { kind: 'imported'; block: EvmBlock; hash: Uint8Array; receipts: Uint8Array[]; diff: Uint8Array }
  /** The engine is at the parent's state, as before. */
  | { kind: 'refused'; code: BlockExceptionCode | BlockCode; message: string }

type BlockCode = Extract<BlockOutcome, { kind: 'invalid' }>['code']

/**
 * Imports one block in RLP as a full node does: decodes it, checks its header against the parent and its body against
 * the header, executes it, and compares what came with what the header says. `engine` must be at the parent's state.
 */
export function importBlock(engine: Engine, raw: Uint8Array, context: ImportContext): ImportOutcome {
  const decoded = decodeBlock(raw)
  if (!decoded.ok) return { kind: 'refused', code: decoded.code, message: decoded.message }
  const { block } = decoded
  const rules = context.rulesAt(block.header.timestamp)
  const { orderedRoot } = context.commitment
  const failure =
    validateHeader(block.header, context.parent, rules) ??
    validateBody(block, { size: raw.length, rules, orderedRoot })
  if (failure !== undefined) return { kind: 'refused', ...failure }
  const outcome = executeBlock(engine, block, { ...context, rules })
  if (outcome.kind === 'invalid') {
    engine.rollBack()
    return { kind: 'refused', code: outcome.code, message: outcome.message }
  }
  const diff = engine.peekDiff()
  const mismatch = compare(block.header, outcome, context.commitment, diff)
  if (mismatch !== undefined) {
    engine.rollBack()
    return { kind: 'refused', ...mismatch }
  }
  engine.takeDiff()
  return { kind: 'imported', block, hash: headerHash(block.header), receipts: outcome.receipts, diff }
}

type Executed = Extract<BlockOutcome, { kind: 'executed' }>

/** What execution gave against what the header says (Yellow Paper section 4.4.2). */
function compare(
  header: Header,
  outcome: Executed,
  commitment: Commitment,
  diff: Uint8Array,
): BlockFailure | undefined {
  if (outcome.gasUsed !== header.gasUsed) {
    return blockFailure(
      'INVALID_GAS_USED',
      `the header says ${header.gasUsed}, the block gives ${outcome.gasUsed}`,
    )
  }
  if (outcome.blobGasUsed !== (header.blobGasUsed ?? 0n)) {
    const text = `the header says ${header.blobGasUsed}, the block gives ${outcome.blobGasUsed}`
    return blockFailure('INCORRECT_BLOB_GAS_USED', text)
  }
  if (!equalBytes(outcome.logsBloom, header.logsBloom)) {
    return blockFailure('INVALID_LOG_BLOOM', differs(header.logsBloom, outcome.logsBloom))
  }
  const receiptsRoot = commitment.orderedRoot(outcome.receipts)
  if (!equalBytes(receiptsRoot, header.receiptsRoot)) {
    return blockFailure('INVALID_RECEIPTS_ROOT', differs(header.receiptsRoot, receiptsRoot))
  }
  if (header.requestsHash !== undefined && !equalBytes(outcome.requestsHash, header.requestsHash)) {
    return blockFailure('INVALID_REQUESTS', differs(header.requestsHash, outcome.requestsHash))
  }
  const stateRoot = commitment.stateRootAfter(diff)
  if (!equalBytes(stateRoot, header.stateRoot)) {
    return blockFailure('INVALID_STATE_ROOT', differs(header.stateRoot, stateRoot))
  }
  return undefined
}

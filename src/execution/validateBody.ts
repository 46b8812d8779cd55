import { bytesToHex, equalBytes } from '../lib/index.ts'
import { type EvmBlock, FORK_RULES, rlpEncode, rlpInteger, type Withdrawal } from '../protocol/index.ts'
import { type BlockFailure, type BlockRules, blockFailure } from './validateHeader.ts'

/** Roots of the ordered tries of a block (Yellow Paper section 4.4.2); the trie room supplies it. */
export type OrderedRoot = (values: Uint8Array[]) => Uint8Array

/**
 * Checks a block's body against its header, before execution: size, ommers, transactions root, withdrawals root.
 * `size` is that of the whole block in RLP, in bytes (EIP-7934). Undefined when it is valid.
 */
export function validateBody(
  block: EvmBlock,
  { size, rules, orderedRoot }: { size: number; rules: BlockRules; orderedRoot: OrderedRoot },
): BlockFailure | undefined {
  const { maxBlockSize } = FORK_RULES[rules.fork]
  if (maxBlockSize !== undefined && size > maxBlockSize) {
    return blockFailure('RLP_BLOCK_LIMIT_EXCEEDED', `${size} bytes, the limit is ${maxBlockSize}`)
  }
  if (block.ommers.length > 0) {
    return blockFailure('IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS', `${block.ommers.length} ommers`)
  }
  const transactionsRoot = orderedRoot(block.transactions)
  if (!equalBytes(transactionsRoot, block.header.transactionsRoot)) {
    return blockFailure('INVALID_TRANSACTIONS_ROOT', differs(block.header.transactionsRoot, transactionsRoot))
  }
  const withdrawalsRoot = orderedRoot((block.withdrawals ?? []).map(encodeWithdrawal))
  if (
    block.header.withdrawalsRoot === undefined ||
    !equalBytes(withdrawalsRoot, block.header.withdrawalsRoot)
  ) {
    return blockFailure('INVALID_WITHDRAWALS_ROOT', differs(block.header.withdrawalsRoot, withdrawalsRoot))
  }
  return undefined
}

/** `header says …, body gives …`. */
export function differs(stated: Uint8Array | undefined, computed: Uint8Array): string {
  return `the header says ${stated === undefined ? 'nothing' : bytesToHex(stated)}, the block gives ${bytesToHex(computed)}`
}

/** RLP of a withdrawal as it stands in the withdrawals trie (EIP-4895). */
function encodeWithdrawal({ index, validatorIndex, address, amountGwei }: Withdrawal): Uint8Array {
  return rlpEncode([rlpInteger(index), rlpInteger(validatorIndex), address, rlpInteger(amountGwei)])
}

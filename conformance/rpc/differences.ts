/** Members of answers that are Leveret's own; they are left out before answers are compared. */
export const OWN_MEMBERS: ReadonlySet<string> = new Set(['promise', 'miniBlock'])

const OLD_RULES =
  'a trace under rules of 2015: the engine begins with Shanghai, sees that gas differs from the receipt, and refuses'

/** Recorded exchanges that are not run, with the reason; by path below `tests/`. */
export const OMITTED: ReadonlyMap<string, string> = new Map([
  ['debug_getRawBlock/get-block-n.io', 'a block with ommers: chains of ours have none, and none are kept'],
  ['debug_traceBlockByHash/trace-block-with-transactions.io', OLD_RULES],
  ['debug_traceBlockByNumber/trace-block-memory-encoding.io', OLD_RULES],
  ['debug_traceBlockByNumber/trace-block-return-data-behavior.io', OLD_RULES],
  ['debug_traceBlockByNumber/trace-block-storage-encoding.io', OLD_RULES],
  ['debug_traceBlockByNumber/trace-block-storage-snapshot-timing.io', OLD_RULES],
  ['debug_traceBlockByNumber/trace-block-with-transactions.io', OLD_RULES],
  ['debug_traceTransaction/trace-contract-call.io', OLD_RULES],
  [
    'eth_getBlockByNumber/get-block-shanghai-fork.io',
    'a block with withdrawals of the beacon chain: chains of ours have none, and none are kept',
  ],
  [
    'eth_simulateV1/ethSimulate-empty-with-block-num-set-firstblock.io',
    'a block before the Merge, made on block 1: blocks of ours have no difficulty',
  ],
  [
    'eth_sendRawTransaction/send-blob-tx.io',
    'a blob transaction: a rollup has no blobs of its own, and refuses them',
  ],
  ...['empty-transactions', 'from-mempool', 'invalid-transaction', 'with-transactions'].map(
    (name) =>
      [
        `testing_buildBlockV1/build-block-${name}.io`,
        'testing_buildBlockV1 makes blocks beside the chain: here only the sequencer makes blocks',
      ] as const,
  ),
])

/** What a record says and its re-execution does not give. */
export type Difference = {
  /** Of the EVM block. */
  blockNumber: bigint
  /** Of the mini-block that the record belongs to; undefined where it is none's. */
  miniBlockNumber?: bigint | undefined
  /** The first transaction that is concerned: its place in the block, and its hash. Undefined: no transaction is. */
  transaction?: { index: number; hash: Uint8Array } | undefined
  /** What differs, by its name: `status`, `gasUsed`, `log 2 data`, `balance of account 0x…`, … */
  field: string
  /** What execution gives here; hexadecimal for byte strings. */
  ours: string
  /** What the record says. */
  theirs: string
}

/** A difference inside of one record. */
export type FieldDifference = Pick<Difference, 'field' | 'ours' | 'theirs'>

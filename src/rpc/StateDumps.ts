import type { AccountWrite, ExecutedTransaction, Header } from '../protocol/index.ts'
import type { ViewBlock } from './ViewBlock.ts'

/** A chain's state and blocks, to be given to another. Each account once, with all its fields; the oldest block first. */
export type StateDump = { accounts: AccountWrite[]; blocks: ViewBlock[] }

/** A dump as it is read. */
export type ReadDump = { accounts: AccountWrite[]; blocks: DumpedBlock[] }

export type DumpedBlock = { header: Header; transactions: ExecutedTransaction[] }

/** Taking a chain's state to another. */
export interface StateDumps {
  /** The newest state, and the blocks that are kept. @throws DevError when it is too much. */
  dump(): Promise<StateDump>
  /**
   * Writes the accounts, each as it was, and takes the blocks over in place of those that are there; other accounts stay.
   *
   * @throws DevError when it is too much.
   */
  load(dump: ReadDump): Promise<void>
}

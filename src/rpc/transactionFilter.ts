import type { ChainView } from './ChainView.ts'
import type { Filter } from './Filters.ts'
import { hexData } from './format.ts'
import type { RpcLimits } from './limits.ts'
import { pooledTransactionJson, transactionJson } from './shapes/index.ts'
import type { ViewBlock } from './ViewBlock.ts'

/**
 * Transactions as they are queued or executed, each once: hashes, or whole. Executed ones are read from the chain; those
 * that wait in the pool are noted, up to a limit: beyond it they are told when they are executed.
 *
 * @param listen - calls back for each that is queued, until the returned function is called.
 */
export function transactionFilter(
  view: ChainView,
  limits: RpcLimits,
  { full, listen }: { full: boolean; listen: (onQueued: (hash: Uint8Array) => void) => () => void },
): Filter {
  let place = headOf(view)
  const queued = new Map<string, Uint8Array>()
  /** Told when they were queued, and not seen executed since. */
  const told = new Set<string>()
  const stop = listen((hash) => {
    const name = hexData(hash)
    if (queued.size + told.size < limits.maxFilterChanges && !told.has(name)) queued.set(name, hash)
  })
  const changes = (): unknown[] => {
    const found: unknown[] = []
    for (const [name, hash] of queued) {
      const pooled = view.getPooledTransaction(hash)
      // One that has been executed meanwhile comes below.
      if (pooled === undefined) continue
      found.push(full ? pooledTransactionJson(pooled) : name)
      told.add(name)
    }
    queued.clear()
    const take = (block: ViewBlock, index: number): void => {
      const name = hexData(block.transactions.at(index)!.hash)
      if (!told.delete(name)) found.push(full ? transactionJson(block, index) : name)
    }
    place = takeExecuted(view, place, { most: limits.maxFilterChanges, take })
    return found
  }
  return { logs: undefined, changes, close: stop }
}

/** Between two transactions: the number of a block, and how many of its transactions are before. */
type Place = { number: bigint; index: number }

function headOf(view: ChainView): Place {
  const number = view.headNumber
  return { number, index: view.getBlock({ number })?.transactions.length ?? 0 }
}

/** Takes the executed transactions from a place on, and gives the place behind them. */
function takeExecuted(
  view: ChainView,
  { number, index }: Place,
  { most, take }: { most: number; take: (block: ViewBlock, index: number) => void },
): Place {
  let left = most
  for (;;) {
    const block = view.getBlock({ number })
    const count = block?.transactions.length ?? 0
    while (index < count && left-- > 0) take(block!, index++)
    if (index < count || number >= view.headNumber) return { number, index }
    number++
    index = 0
  }
}

import { blockFilter } from '../Filters.ts'
import { checkFilterSize, parseLogFilter } from '../logFilter.ts'
import { logFilter } from '../logFilterChanges.ts'
import { type Method, method, optional, required } from '../method.ts'
import { parseBoolean, parseId } from '../params.ts'
import { transactionFilter } from '../transactionFilter.ts'
import { answerLogs } from './logs.ts'

const id = required('id', parseId)

/** Filters, which are asked for what is new. */
export const FILTER_METHODS: Record<string, Method> = {
  eth_newFilter: method([required('filter', parseLogFilter)], ({ view, limits, filters }, filter) => {
    checkFilterSize(filter, limits)
    return filters.add(logFilter(view, limits, filter))
  }),
  eth_newBlockFilter: method([], ({ view, limits, filters }) => filters.add(blockFilter(view, limits))),
  eth_newPendingTransactionFilter: method(
    [optional('fullTransactions', parseBoolean, false)],
    ({ view, limits, filters }, full) => {
      const listen = (listener: (hash: Uint8Array) => void) => filters.onQueued(listener)
      return filters.add(transactionFilter(view, limits, { full, listen }))
    },
  ),
  eth_getFilterChanges: method([id], ({ filters }, name) => filters.changes(name)),
  eth_getFilterLogs: method([id], (context, name) => answerLogs(context, context.filters.logsOf(name))),
  eth_uninstallFilter: method([id], ({ filters }, name) => filters.remove(name)),
}

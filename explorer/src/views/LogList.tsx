import { abisFor, decodeLog } from '../abi/index.ts'
import { toNumber } from '../lib/hex.ts'
import type { RpcLog } from '../rpc/index.ts'
import { AddressLink, TransactionLink } from '../ui/Address.tsx'
import { Empty } from '../ui/QueryView.tsx'
import { Values } from '../ui/Values.tsx'

/** Beyond, logs are left out. */
const MAX_SHOWN = 200

export function LogList({
  logs,
  withTransaction = false,
}: {
  logs: readonly RpcLog[]
  withTransaction?: boolean
}) {
  if (logs.length === 0) return <Empty>There are no logs.</Empty>
  return (
    <>
      <ol class="logs">
        {logs.slice(0, MAX_SHOWN).map((log) => (
          <li key={`${log.transactionHash}-${log.logIndex}`}>
            <LogEntry log={log} withTransaction={withTransaction} />
          </li>
        ))}
      </ol>
      {logs.length > MAX_SHOWN && (
        <p class="note">
          {MAX_SHOWN} of {logs.length} are shown.
        </p>
      )}
    </>
  )
}

function LogEntry({ log, withTransaction }: { log: RpcLog; withTransaction: boolean }) {
  const decoded = decodeLog(abisFor(log.address), log)
  return (
    <article>
      <header class="line">
        <span class="badge quiet number" title="Position in the block">
          {toNumber(log.logIndex)}
        </span>
        <strong class="mono">{decoded?.name ?? 'unknown event'}</strong>
        <span class="note">
          of <AddressLink address={log.address} />
          {withTransaction && (
            <>
              {' '}
              in <TransactionLink hash={log.transactionHash} />
            </>
          )}
        </span>
      </header>
      {decoded === undefined ? <RawLog log={log} /> : <Values values={decoded.values} />}
    </article>
  )
}

function RawLog({ log: { topics, data } }: { log: RpcLog }) {
  const values = [
    ...topics.map((topic, i) => ({ name: `topic ${i}`, type: 'bytes32', value: topic })),
    { name: 'data', type: 'bytes', value: data },
  ]
  return <Values values={values} />
}

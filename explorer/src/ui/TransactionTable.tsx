import type { TransactionSummary } from '../chain/summaries.ts'
import { formatInteger, formatWei } from '../lib/format.ts'
import { AddressLink, BlockLink, TransactionLink } from './Address.tsx'
import { Method } from './Method.tsx'
import { TableHead } from './TableHead.tsx'

type TransactionTableProps = {
  transactions: readonly TransactionSummary[]
  label: string
  /** Without the columns that a narrow place has no room for. */
  isNarrow?: boolean
}

export function TransactionTable({ transactions, label, isNarrow = false }: TransactionTableProps) {
  const wide = isNarrow ? 'never' : 'wide'
  return (
    <table class="list" aria-label={label}>
      <TableHead
        columns={[
          ['Transaction'],
          ['Method', 'wide'],
          ['Block', wide],
          ['From → to'],
          ['Value', 'end'],
          ['Gas', `end ${wide}`],
        ]}
      />
      <tbody>
        {transactions.map((transaction) => (
          <tr key={transaction.hash}>
            <td>
              <Outcome succeeded={transaction.succeeded} />
              <TransactionLink hash={transaction.hash} />
              <span class="narrow">
                <Method to={transaction.to} input={transaction.input} />
              </span>
            </td>
            <td class="wide">
              <Method to={transaction.to} input={transaction.input} />
            </td>
            <td class={wide}>
              {transaction.blockNumber === undefined ? '–' : <BlockLink number={transaction.blockNumber} />}
            </td>
            <td class="parties">
              <span>
                <AddressLink address={transaction.from} />
              </span>{' '}
              <span>
                → <Target transaction={transaction} />
              </span>
            </td>
            <td class="end number">{formatWei(transaction.value, 4)}</td>
            <td class={`end number ${wide}`}>
              {transaction.gasUsed === undefined ? '–' : formatInteger(transaction.gasUsed)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Target({ transaction: { to, created } }: { transaction: TransactionSummary }) {
  if (to !== null) return <AddressLink address={to} />
  return created === null ? <>new contract</> : <AddressLink address={created} />
}

/** A dot that says whether it succeeded; hollow while it waits. */
function Outcome({ succeeded }: { succeeded: boolean | undefined }) {
  const [name, text] =
    succeeded === undefined ? ['waits', 'waiting'] : succeeded ? ['good', 'succeeded'] : ['bad', 'failed']
  return <span class={`dot ${name}`} role="img" aria-label={text} title={text} />
}

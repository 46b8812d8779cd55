import { SHOWN_MINI_BLOCKS } from '../chain/live.ts'
import type { MiniBlockSummary } from '../chain/summaries.ts'
import { count, formatFigure, formatInteger, formatMs } from '../lib/format.ts'
import { BlockLink, MiniBlockLink } from './Address.tsx'
import { Empty } from './QueryView.tsx'
import { TableHead } from './TableHead.tsx'

type MiniBlocksProps = { miniBlocks: readonly MiniBlockSummary[] }

/** The newest mini-blocks as bars, the newest on the right. The table beside it says the same in words. */
export function MiniBlockStrip({ miniBlocks }: MiniBlocksProps) {
  const shown = miniBlocks.slice(0, SHOWN_MINI_BLOCKS).toReversed()
  const highest = Math.max(4, ...shown.map(({ transactionCount }) => transactionCount))
  const missing = SHOWN_MINI_BLOCKS - shown.length
  return (
    <div class="strip" aria-hidden="true">
      {Array.from({ length: missing }, (_, i) => (
        <i key={`none-${i}`} class="none" />
      ))}
      {shown.map((each) => (
        <i
          key={each.number}
          class={each.transactionCount === 0 ? 'idle' : ''}
          title={`Mini-block ${each.number}: ${count(each.transactionCount, 'transaction')}`}
          style={{ height: `${heightOf(each.transactionCount, highest)}%` }}
        />
      ))}
    </div>
  )
}

/** By the logarithm, so that one transaction beside a thousand still shows. */
function heightOf(transactionCount: number, highest: number): number {
  return transactionCount === 0 ? 6 : 14 + (86 * Math.log2(1 + transactionCount)) / Math.log2(1 + highest)
}

export function MiniBlockTable({ miniBlocks }: MiniBlocksProps) {
  if (miniBlocks.length === 0)
    return <Empty>No mini-block yet: the first comes with the first transaction.</Empty>
  return (
    <table class="list steady" aria-label="Newest mini-blocks">
      <TableHead
        columns={[['Mini-block'], ['Block'], ['Transactions', 'end'], ['Gas', 'end'], ['Latency', 'end']]}
      />
      <tbody>
        {miniBlocks.map((each) => (
          <tr key={each.number}>
            <td>
              <MiniBlockLink number={each.number} />
            </td>
            <td>
              <BlockLink number={each.blockNumber} />
            </td>
            <td class="end number">{formatInteger(each.transactionCount)}</td>
            <td class="end number">
              {each.gasUsed >= 1e6 ? `${formatFigure(each.gasUsed / 1e6)} M` : formatInteger(each.gasUsed)}
            </td>
            <td class="end number">{each.delayMs < 0 ? '–' : formatMs(each.delayMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

import type { BlockSummary } from '../chain/summaries.ts'
import { formatFigure, formatInteger, formatShare, formatWei } from '../lib/format.ts'
import { shorten } from '../lib/hex.ts'
import { BlockLink } from './Address.tsx'
import { Age } from './Age.tsx'
import { TableHead } from './TableHead.tsx'

type BlockTableProps = { blocks: readonly BlockSummary[]; isNarrow?: boolean }

export function BlockTable({ blocks, isNarrow = false }: BlockTableProps) {
  const wide = isNarrow ? 'never' : 'wide'
  return (
    <table class="list" aria-label="Blocks">
      <TableHead
        columns={[
          ['Block'],
          ['Age'],
          ['Transactions', 'end'],
          ['Gas used', 'end'],
          ['Base fee', `end ${wide}`],
          ['Hash', wide],
        ]}
      />
      <tbody>
        {blocks.map((block) => (
          <tr key={block.number}>
            <td>
              <BlockLink number={block.number} />
            </td>
            <td>
              {block.hash === null ? <span class="badge live">open</span> : <Age seconds={block.timestamp} />}
            </td>
            <td class="end number">
              {block.transactionCount === undefined ? '–' : formatInteger(block.transactionCount)}
            </td>
            <td class="end number">
              <GasUsed gasUsed={block.gasUsed} gasLimit={block.gasLimit} />
            </td>
            <td class={`end number ${wide}`}>{formatWei(block.baseFeePerGas, 4)}</td>
            <td class={`mono ${wide}`}>{block.hash === null ? '–' : shorten(block.hash, 6)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function GasUsed({ gasUsed, gasLimit }: { gasUsed: number; gasLimit: number }) {
  const share = gasUsed / gasLimit
  const title = `${formatInteger(gasUsed)} gas, ${formatShare(share)} of the limit`
  return (
    <span title={title}>{gasUsed >= 1e7 ? `${formatFigure(gasUsed / 1e6)} M` : formatInteger(gasUsed)}</span>
  )
}

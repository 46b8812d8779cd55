import { latency } from '../chain/live.ts'
import { count, formatInteger, formatMs } from '../lib/format.ts'
import { BOUNDS_MS } from '../lib/Samples.ts'

/** How long mini-blocks take from their sealing to this page, as a histogram. */
export function LatencyBars() {
  const { bars, median, high, size } = latency.value
  const highest = Math.max(1, ...bars)
  const labels = [...BOUNDS_MS.map((bound) => `≤ ${bound} ms`), `> ${BOUNDS_MS.at(-1)} ms`]
  return (
    <figure class="chart">
      <figcaption>
        <span>Latency, sealed → seen here</span>
        <span class="number">
          {formatMs(median)}{' '}
          <span class="unit">{size === 0 ? 'nothing came yet' : `median · p99 ${formatMs(high)}`}</span>
        </span>
      </figcaption>
      <div class="bars" role="img" aria-label={describe(labels, bars, size)}>
        {labels.map((label, i) => (
          <div key={label} class="column" title={`${label}: ${count(bars[i] ?? 0, 'mini-block')}`}>
            <div
              class={`fill${bars[i] ? '' : ' none'}`}
              style={{ height: `${(100 * (bars[i] ?? 0)) / highest}%` }}
            />
            <span>{i < BOUNDS_MS.length ? BOUNDS_MS[i] : 'more'}</span>
          </div>
        ))}
      </div>
    </figure>
  )
}

function describe(labels: readonly string[], bars: readonly number[], size: number): string {
  if (size === 0) return 'No mini-block has been measured yet.'
  const parts = labels.flatMap((label, i) => (bars[i] ? [`${label}: ${formatInteger(bars[i])}`] : []))
  return `Latency of ${count(size, 'mini-block')}. ${parts.join(', ')}.`
}

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { rates } from '../chain/live.ts'
import { formatFigure } from '../lib/format.ts'
import type { Second } from '../lib/RateMeter.ts'
import { isDark } from './theme.ts'

type RateChartProps = { title: string; unit: string; of: (second: Second) => number }

const HEIGHT = 132

/** A rate over the last two minutes. */
export function RateChart({ title, unit, of }: RateChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const dark = isDark.value
  useEffect(() => {
    const element = place.current!
    const chart = new uPlot(optionsOf(element), [[], []], element)
    plot.current = chart
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
  }, [dark])
  const { series, mean } = rates.value
  useEffect(() => {
    const secondsAgo = series.map((_, i) => i + 1 - series.length)
    plot.current?.setData([secondsAgo, series.map(of)])
  }, [series, of, dark])
  const highest = series.reduce((most, second) => Math.max(most, of(second)), 0)
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="number">
          {formatFigure(of(mean))} <span class="unit">{unit}</span>
          <span class="unit"> · highest {formatFigure(highest)}</span>
        </span>
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
    </figure>
  )
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const grid = { stroke: colour('--line'), width: 1 }
  const axis = { stroke: colour('--muted'), grid, ticks: { show: false }, font: '11px system-ui' }
  return {
    ...{ width: element.clientWidth, height: HEIGHT, padding: [8, 14, 0, 0] },
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false }, y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.15)] } },
    axes: [
      {
        ...{ ...axis, size: 22, grid: { show: false } },
        splits: () => [-90, -60, -30, 0],
        values: (_plot, seconds) => seconds.map((second) => (second === 0 ? 'now' : `−${-second} s`)),
      },
      { ...axis, size: 46, space: 34, values: (_plot, values) => values.map(formatFigure) },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        fill: colour('--accent-soft'),
        width: 1.5,
        points: { show: false },
        ...(uPlot.paths.stepped === undefined ? {} : { paths: uPlot.paths.stepped({ align: 1 }) }),
      },
    ],
  }
}

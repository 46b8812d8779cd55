import { COLUMN_WIDTH, COLUMNS, type Sample } from './Sample.ts'

/** First, middle and last fifth of every column, and its slope over the last half. */
export function summary(samples: readonly Sample[]): string {
  const mean = (from: number, to: number, key: keyof Sample) => {
    const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to))
    return part.reduce((sum, sample) => sum + sample[key], 0) / part.length
  }
  const rows = COLUMNS.slice(1).map(({ key, title }) => {
    const parts = [mean(0.2, 0.4, key), mean(0.4, 0.6, key), mean(0.8, 1, key)]
    const highest = Math.max(...samples.map((sample) => sample[key]))
    // A collector lets memory rise and fall: the lowest points say what is really held.
    const lowest = [0.2, 0.8].map((from) => lowestOf(samples, from, key))
    const slope = slopePerHour(samples, key, (samples.at(-1)?.minute ?? 0) / 2)
    return [title, ...[...parts, ...lowest, highest, slope].map((value) => value.toFixed(1))]
  })
  const head = ['', '2nd fifth', '3rd fifth', 'last fifth', 'low in 2nd', 'low in last', 'highest', 'an hour']
  return [head, ...rows].map((row) => row.map((cell) => cell.padStart(COLUMN_WIDTH + 1)).join('')).join('\n')
}

function lowestOf(samples: readonly Sample[], from: number, key: keyof Sample): number {
  const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * (from + 0.2)))
  return Math.min(...part.map((sample) => sample[key]))
}

/** Slope of the line of least squares from a minute on, per hour. */
export function slopePerHour(samples: readonly Sample[], key: keyof Sample, fromMinute: number): number {
  const warm = samples.filter(({ minute }) => minute >= fromMinute)
  const meanX = warm.reduce((sum, { minute }) => sum + minute, 0) / warm.length
  const meanY = warm.reduce((sum, sample) => sum + sample[key], 0) / warm.length
  let above = 0
  let below = 0
  for (const sample of warm) {
    above += (sample.minute - meanX) * (sample[key] - meanY)
    below += (sample.minute - meanX) ** 2
  }
  return below === 0 ? 0 : (above / below) * 60
}

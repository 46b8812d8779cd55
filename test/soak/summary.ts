import { COLUMNS, type Sample } from './Soak.ts'

/** First, middle and last fifth of every column. */
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
    return [title, ...[...parts, ...lowest, highest].map((value) => value.toFixed(1))]
  })
  const head = ['mean of', '2nd fifth', '3rd fifth', 'last fifth', 'low in 2nd', 'low in last', 'highest']
  return [head, ...rows].map((row) => row.map((cell) => cell.padStart(12)).join('')).join('\n')
}

function lowestOf(samples: readonly Sample[], from: number, key: keyof Sample): number {
  const part = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * (from + 0.2)))
  return Math.min(...part.map((sample) => sample[key]))
}

/** Slope of the line of least squares after the warm-up, per hour. */
export function slopePerHour(
  samples: readonly Sample[],
  key: keyof Sample,
  { warmUpMinutes }: { warmUpMinutes: number },
): number {
  const warm = samples.filter(({ minute }) => minute >= warmUpMinutes)
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

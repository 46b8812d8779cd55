import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plot } from './plot.ts'
import { COLUMNS, type Sample } from './Sample.ts'
import { slopePerHour, summary } from './summary.ts'

/** Writes samples.csv and a plot of each column into a folder, and gives what is printed. */
export function report(samples: readonly Sample[], folder: string, warmUpMinutes: number): string {
  mkdirSync(folder, { recursive: true })
  const rows = [
    COLUMNS.map(({ key }) => key),
    ...samples.map((sample) => COLUMNS.map(({ key }) => sample[key])),
  ]
  writeFileSync(join(folder, 'samples.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`)
  for (const { key, title } of COLUMNS.slice(1)) {
    const points = samples.map((sample) => [sample.minute, sample[key]] as const)
    writeFileSync(join(folder, `${key}.svg`), plot(title, points))
  }
  const half = (samples.at(-1)?.minute ?? 0) / 2
  return [
    summary(samples),
    slopeLine(samples, Math.min(warmUpMinutes, half)),
    slopeLine(samples, half),
    `plots and samples are in ${folder}`,
  ].join('\n')
}

function slopeLine(samples: readonly Sample[], fromMinute: number): string {
  const slope = slopePerHour(samples, 'residentMiB', fromMinute)
  return `own memory after ${fromMinute.toFixed(0)} minutes: ${slope.toFixed(1)} MiB an hour, which is ${((slope * 72) / 1024).toFixed(2)} GiB in 72 hours`
}

import type { BenchContext } from '../harness.ts'

/** Says how Leveret's figure compares with each peer's: above 1 it is better. */
export function noteRatios(
  { note }: Pick<BenchContext, 'note'>,
  values: ReadonlyMap<string, number>,
  better: 'more' | 'less' = 'more',
): void {
  const ours = values.get('leveret')
  if (ours === undefined) return
  for (const [engine, value] of values) {
    if (engine === 'leveret') continue
    const [ratio, names] =
      better === 'more' ? [ours / value, `leveret / ${engine}`] : [value / ours, `${engine} / leveret`]
    note(`${names}: ${ratio.toFixed(2)}`)
  }
}

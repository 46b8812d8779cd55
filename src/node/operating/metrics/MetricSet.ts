import { Counter, Gauge, type Metric, Registry } from 'prom-client'
import type { Histogram } from '../../../lib/index.ts'

type Labels = Readonly<Record<string, string>>
/** Undefined: there is none now. */
type Value = number | bigint | undefined
/** One value, or one for each combination of labels. */
export type Reading = Value | Iterable<readonly [Labels, Value]>
type Read = () => Reading | Promise<Reading>
type ReadHistograms = () => Iterable<readonly [Labels, Histogram]>

/**
 * Metrics that are read when somebody asks for them, from plain fields that are counted elsewhere. Counting costs the
 * node's work as little as that.
 */
export class MetricSet {
  readonly registry: Registry = new Registry()

  /** @param name - without `leveret_`. */
  counter(name: string, help: string, read: Read, labelNames: readonly string[] = []): void {
    new Counter({
      ...{ name: PREFIX + name, help, labelNames, registers: [this.registry] },
      async collect() {
        const reading = await read()
        this.reset()
        for (const [labels, value] of entriesOf(reading)) this.inc(labels, Number(value))
      },
    })
  }

  gauge(name: string, help: string, read: Read, labelNames: readonly string[] = []): void {
    new Gauge({
      ...{ name: PREFIX + name, help, labelNames, registers: [this.registry] },
      async collect() {
        const reading = await read()
        // Without labels it would be 0 then.
        if (labelNames.length > 0) this.reset()
        for (const [labels, value] of entriesOf(reading)) this.set(labels, Number(value))
      },
    })
  }

  /** prom-client has no histogram that is read: this one has the form that its registry asks of a metric. */
  histogram(name: string, help: string, read: ReadHistograms): void {
    const fullName = PREFIX + name
    const get = async () => ({
      ...{ name: fullName, help, type: 'histogram', aggregator: 'sum' },
      values: Array.from(read(), ([labels, histogram]) => valuesOf(fullName, labels, histogram)).flat(),
    })
    this.registry.registerMetric({ name: fullName, help, get } as unknown as Metric)
  }
}

const PREFIX = 'leveret_'

function valuesOf(name: string, labels: Labels, histogram: Histogram) {
  const { bounds, sum } = histogram
  const counts = histogram.cumulativeCounts()
  const buckets = counts.map((value, at) => ({
    ...{ metricName: `${name}_bucket`, value },
    labels: { ...labels, le: at < bounds.length ? bounds[at]! : '+Inf' },
  }))
  const rest = [
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: counts.at(-1)! },
  ]
  return [...buckets, ...rest]
}

function* entriesOf(reading: Reading): Generator<[Labels, number | bigint]> {
  if (typeof reading !== 'object') {
    if (reading !== undefined) yield [{}, reading]
    return
  }
  for (const [labels, value] of reading) if (value !== undefined) yield [labels, value]
}

import type { GivenBlock, TraceAnswer, TracePoint, TraceView, TraceWish } from '../TraceView.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import type { CallRequest } from '../ViewCall.ts'

/** Traces nothing: answers what a test has scripted, and keeps what it was asked. */
export class FakeTraces implements TraceView {
  readonly asked: unknown[] = []
  /** For so many transactions or calls. Parity's traces that tell their places are lists. */
  onTrace: (count: number, wish?: TraceWish) => TraceAnswer = (count, wish) => ({
    kind: 'traced',
    results: Array.from({ length: count }, () => (wish && 'placed' in Object(wish.tracer) ? '[]' : '{}')),
  })

  async transactions(
    block: ViewBlock,
    { first, end }: { first: number; end: number },
    wish: TraceWish,
  ): Promise<TraceAnswer> {
    this.asked.push({ number: block.number, first, end, wish })
    return this.onTrace(end - first, wish)
  }

  async block({ number, transactions }: GivenBlock, wish: TraceWish): Promise<TraceAnswer> {
    this.asked.push({ number, count: transactions.length, wish })
    return this.onTrace(transactions.length, wish)
  }

  async calls(
    requests: readonly CallRequest[],
    point: TracePoint,
    wishes: readonly TraceWish[],
  ): Promise<TraceAnswer> {
    this.asked.push({ requests, point, wishes })
    return this.onTrace(requests.length, wishes[0])
  }
}

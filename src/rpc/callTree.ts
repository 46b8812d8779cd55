import type { RpcContext } from './method.ts'
import { traceTransactions } from './tracing.ts'
import type { ViewBlock } from './ViewBlock.ts'

/** What callTracer gives, as far as Otterscan's methods look at it. */
export type Call = {
  type: string
  from: string
  to?: string
  value?: string
  input: string
  output?: string
  error?: string
  calls?: Call[]
}

/** The calls of transactions `first` to `end` of a block. */
export async function callsOf(
  context: RpcContext,
  block: ViewBlock,
  range: { first: number; end: number },
): Promise<Call[]> {
  const tracer = { name: 'callTracer', config: undefined }
  const results = await traceTransactions(context, block, range, { tracer })
  return results.map((text) => JSON.parse(text) as Call)
}

/** A call and all that it leads to, each before what it calls itself; depth 0 is the call's own. */
export function* visitCalls(call: Call, depth = 0): Generator<{ call: Call; depth: number }> {
  yield { call, depth }
  for (const inner of call.calls ?? []) yield* visitCalls(inner, depth + 1)
}

/** Kinds of otterscan's internal operations. */
const OPERATIONS: Readonly<Record<string, number>> = { CALL: 0, SELFDESTRUCT: 1, CREATE: 2, CREATE2: 3 }

/** Ether that moves, contracts that are made and destroyed within a transaction; nothing of what failed. */
export function internalOperations(root: Call): object[] {
  if (root.error !== undefined) return []
  return (root.calls ?? []).flatMap((call) => {
    if (call.error !== undefined) return []
    const type = OPERATIONS[call.type]
    const isIdle = type === undefined || (call.type === 'CALL' && call.value === '0x0')
    const own = isIdle ? [] : [{ type, from: call.from, to: call.to, value: call.value }]
    return [...own, ...internalOperations(call)]
  })
}

/** All calls in a row, as ots_traceTransaction gives them. */
export function traceEntries(root: Call): object[] {
  return Array.from(visitCalls(root), ({ call, depth }) => ({
    type: call.type,
    depth,
    from: call.from,
    to: call.to ?? null,
    value: call.value ?? null,
    input: call.input,
    output: call.output ?? '0x',
  }))
}

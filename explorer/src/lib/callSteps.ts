import type { RpcCall } from '../rpc/index.ts'
import { toNumber } from './hex.ts'

export type CallLog = NonNullable<RpcCall['logs']>[number]

/** With all calls inside it. */
export function countCalls(call: RpcCall): number {
  return 1 + (call.calls ?? []).reduce((total, each) => total + countCalls(each), 0)
}

/** A call's own calls and logs, in the order in which they happened. */
export function stepsOf({ calls = [], logs = [] }: RpcCall): (RpcCall | CallLog)[] {
  const steps: (RpcCall | CallLog)[] = []
  let next = 0
  for (let i = 0; i <= calls.length; i++) {
    while (next < logs.length && toNumber(logs[next]!.position ?? '0x0') <= i) steps.push(logs[next++]!)
    if (i < calls.length) steps.push(calls[i]!)
  }
  return [...steps, ...logs.slice(next)]
}

import { bytesToHex } from '../../lib/index.ts'
import type { AccessListEntry } from '../../protocol/index.ts'
import type { CallOutcome, CallRequest } from '../CallRequest.ts'
import { AccessListTracer } from './AccessListTracer.ts'
import type { TracingEngine } from './TracingEngine.ts'

type AccessList = CallRequest['accessList']

/** A list that is still growing then is given as it is: a message may use the more, the more it is given. */
const MAX_ROUNDS = 16

/**
 * The access list with which a call uses nothing that isn't on it: it is executed with the list of the time before, until
 * that stays the same (go-ethereum, internal/ethapi AccessList). `outcome` is with the list.
 */
export function createAccessList(
  tracing: TracingEngine,
  request: CallRequest,
): { accessList: AccessListEntry[]; outcome: CallOutcome } {
  let accessList: AccessList = request.accessList
  for (let round = 1; ; round++) {
    const tracer = new AccessListTracer(accessList)
    const outcome = tracing.call({ ...request, accessList }, tracer)
    const next = tracer.accessList(outcome.created)
    if (outcome.status === 'invalid' || isSame(next, accessList) || round === MAX_ROUNDS)
      return { accessList: next, outcome }
    accessList = next
  }
}

function isSame(a: AccessList, b: AccessList): boolean {
  return textOf(a) === textOf(b)
}

function textOf(list: AccessList): string {
  return list.map(({ address, storageKeys }) => [address, ...storageKeys].map(bytesToHex).join()).join(';')
}

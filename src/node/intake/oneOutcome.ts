import type { OutcomeReceiver, SubmitOutcome } from '../../rpc/index.ts'

/** Hears what comes of one transaction. */
export function oneOutcome(resolve: (outcome: SubmitOutcome) => void): OutcomeReceiver {
  return {
    settle: (_, outcome) => resolve(outcome),
    executed: (_, bytes, at) => resolve({ kind: 'executed', hash: bytes.slice(at, at + 32) }),
  }
}

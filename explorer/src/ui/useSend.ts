import { useState } from 'preact/hooks'
import { type Draft, type Sent, send, signer } from '../wallet/index.ts'
import type { Outcome } from './SendOutcome.tsx'

/** Sends what `draft` gives with the chosen signer; what goes wrong on the way is part of the outcome. */
export function useSend(onSent?: (sent: Sent) => void): {
  outcome: Outcome
  submit: (draft: () => Draft) => Promise<void>
} {
  const [outcome, setOutcome] = useState<Outcome>({ state: 'idle' })
  const submit = async (draft: () => Draft): Promise<void> => {
    if (outcome.state === 'busy' || signer.value === undefined) return
    setOutcome({ state: 'busy' })
    let attempt: Draft | undefined
    try {
      attempt = draft()
      const sent = await send(signer.value, attempt)
      onSent?.(sent)
      setOutcome({ state: 'sent', sent })
    } catch (error) {
      setOutcome({ state: 'failed', error: error as Error, attempt })
    }
  }
  return { outcome, submit }
}

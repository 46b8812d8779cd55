import { verification, verifyAgain } from '../chain/verification.ts'
import type { Verification, Verified } from '../chain/verifyWorker.ts'
import { formatInteger } from '../lib/format.ts'

const LABELS: Record<Verification['state'], string> = {
  connecting: 'Verification begins',
  absent: 'Not verified by this browser',
  verified: 'Verified by this browser',
  failed: 'Verification failed',
}

/** Whether what the node shows holds, as far as this browser can check it; opened, what that is. */
export function VerifiedBadge() {
  const now = verification.value
  const label = now.state === 'failed' ? `${LABELS.failed}: ${now.code}` : LABELS[now.state]
  return (
    <>
      <details class={`verification ${now.state}`}>
        {/* The figure changes all the time: nobody wants to hear it each time. */}
        <summary aria-label={label}>
          <span class="dot" aria-hidden="true" />
          <span>{label}</span>
          {now.state === 'verified' && (
            <span class="number note">up to mini-block {formatInteger(now.newest)}</span>
          )}
        </summary>
        <Explanation of={now} />
      </details>
      <p role="status" class="unseen">
        {label}
      </p>
    </>
  )
}

function Explanation({ of }: { of: Verification }) {
  switch (of.state) {
    case 'connecting':
      return <p>The page connects to the node's feed of signed entries.</p>
    case 'absent':
      return (
        <p>
          The node has no feed of signed entries that the page could check: what is shown is the node's word.
        </p>
      )
    case 'verified':
      return <Checked {...of} />
    case 'failed':
      return (
        <>
          <p class="problem">{of.message}.</p>
          {of.verified !== undefined && <Checked {...of.verified} />}
          <p>
            <button type="button" class="small" onClick={verifyAgain}>
              Verify again
            </button>
          </p>
        </>
      )
  }
}

function Checked({ sequencer, first, newest, blocks, transactions, block }: Verified) {
  return (
    <p>
      Mini-blocks {formatInteger(first)} to {formatInteger(newest)} with {formatInteger(transactions)}{' '}
      transactions and {formatInteger(blocks)} headers
      {block !== undefined && `, the newest of block ${formatInteger(block)}`}: signed by the sequencer{' '}
      <span class="mono breakable">{sequencer}</span>, in order, without a gap; each header names its parent
      and has the roots of the transactions and receipts that were shown.
    </p>
  )
}

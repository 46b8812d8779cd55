import { isBehind } from '../chain/isBehind.ts'
import { isLoaded, miniBlocks } from '../chain/live.ts'
import { status } from '../chain/node.ts'
import { nodeStatus } from '../chain/nodeStatus.ts'
import { pinnedSequencer } from '../chain/pinnedSequencer.ts'
import { knownSequencer, verification } from '../chain/verification.ts'
import type { Verification } from '../chain/verifyWorker.ts'
import { formatInteger } from '../lib/format.ts'
import { shorten } from '../lib/hex.ts'
import type { RpcNodeStatus } from '../rpc/index.ts'
import { NodeDetails } from './NodeDetails.tsx'
import { lagText, roleName } from './nodeWords.ts'

const LABELS: Record<Verification['state'], string> = {
  connecting: 'Verification begins',
  absent: 'Not verified by this browser',
  verified: 'Blocks verified by this browser',
  failed: 'Verification failed',
}

/**
 * What kind of node the page comes from, how far that is behind, who signs, and whether this browser has checked it; opened,
 * what that means.
 */
export function NodeStrip() {
  const now = verification.value
  const late = now.state === 'verified' && isBehind.value
  const label = labelOf(now, late)
  return (
    <>
      <details class={`verification ${late ? 'late' : now.state}`}>
        {/* The figures change all the time: nobody wants to hear them each time. The details have them. */}
        <summary aria-label={label}>
          <span class="verdict">
            <span class="dot" aria-hidden="true" />
            <span>{label}</span>
          </span>
          {nodeStatus.value !== undefined && status.value !== 'lost' && <Origin of={nodeStatus.value} />}
          {now.state === 'verified' && (
            <span class="number note wide">checked up to mini-block {formatInteger(now.newest)}</span>
          )}
        </summary>
        <NodeDetails verification={now} />
      </details>
      <p role="status" class="unseen">
        {label}
      </p>
    </>
  )
}

function labelOf(now: Verification, isLate: boolean): string {
  if (isLate) return 'Verification is behind'
  if (now.state === 'connecting' && isLoaded.value && miniBlocks.value.length === 0)
    return 'Nothing to verify yet'
  return now.state === 'failed' ? `${LABELS.failed}: ${now.code}` : LABELS[now.state]
}

function Origin({ of }: { of: RpcNodeStatus }) {
  const { following } = of
  const sequencer = knownSequencer.value
  return (
    <>
      <span class="role">{roleName(of)}</span>
      {sequencer !== undefined && (
        <span>
          signed by <span class="mono">{shorten(sequencer)}</span>
          {pinnedSequencer.value === sequencer ? ', pinned' : ''}
        </span>
      )}
      {/* What changes all the time comes last: it moves nothing. */}
      {following !== null &&
        (following.source === null ? (
          <span class="problem">follows nobody</span>
        ) : (
          <span class="number">{lagText(following)} behind</span>
        ))}
    </>
  )
}

import { effect, signal, untracked } from '@preact/signals'
import type { RpcNodeStatus } from '../rpc/index.ts'
import { isVisible } from './clock.ts'
import { epoch, node } from './node.ts'

const POLL_MS = 1_000
/** A node that says nothing for so long is no longer there, whatever the browser believes: a page may have slept. */
const SILENT_MS = 8_000

/** What the node is and how far it is behind, anew each second while the page is seen; undefined until it has said so. */
export const nodeStatus = signal<RpcNodeStatus | undefined>(undefined)

/** Begins to ask; called once. */
export function watchNodeStatus(): void {
  effect(() => {
    if (!isVisible.value || epoch.value === 0) return
    untracked(ask)
    const timer = setInterval(ask, POLL_MS)
    return () => clearInterval(timer)
  })
}

let isAsking = false

/** One at a time: a node that is busy isn't asked the more. */
function ask(): void {
  if (isAsking) return
  isAsking = true
  const silence = setTimeout(() => node.renew(), SILENT_MS)
  node
    .request<RpcNodeStatus>('leveret_nodeStatus')
    .then(
      (status) => {
        nodeStatus.value = status
      },
      // That the connection is lost is said elsewhere.
      () => {},
    )
    .finally(() => {
      clearTimeout(silence)
      isAsking = false
    })
}

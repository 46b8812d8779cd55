import { effect, signal, untracked } from '@preact/signals'
import type { RpcNodeStatus } from '../rpc/index.ts'
import { isVisible } from './clock.ts'
import { epoch, node } from './node.ts'

const POLL_MS = 1_000

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
      isAsking = false
    })
}

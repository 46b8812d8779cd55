import { hexData, hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'
import type { FollowingStatus } from '../NodeStatus.ts'

/** About the node's part in the network. */
export const NODE_STATUS_METHODS: Record<string, Method> = {
  leveret_nodeStatus: method([], ({ view }) => {
    const { role, following } = view.nodeStatus()
    return {
      role,
      miniBlock: hexQuantity(view.miniBlocks.newest),
      following: following === undefined ? null : followingJson(following),
    }
  }),
  leveret_network: method([], async ({ view }) =>
    (await view.network()).map(({ name, url, status, error }) => ({
      ...{ name, url, status: status ?? null, error: error ?? null },
    })),
  ),
}

function followingJson(status: FollowingStatus) {
  const { source, sources, signer, epoch, lagMiniBlocks, lagMs, entries, bytes, bytesPerSecond, lies } =
    status
  return {
    source: source ?? null,
    sources: sources.map(({ name, state, code, reason }) => ({
      ...{ name, state, code: code ?? null, reason: reason ?? null },
    })),
    ...{ sequencer: hexData(signer), epoch: hexQuantity(epoch) },
    ...{ lagMiniBlocks: hexQuantity(lagMiniBlocks), lagMs },
    ...{ entries: hexQuantity(entries), bytes: hexQuantity(bytes), bytesPerSecond, lies },
  }
}

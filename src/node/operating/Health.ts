import { HEAD_LAG_LIMIT_MS, type HealthReport, type HealthView } from '../../rpc/index.ts'

/** Beyond, a node that is behind with sealing or with the disk is not ready. Usually it is milliseconds. */
export const READY_LAG_LIMIT_MS: number = HEAD_LAG_LIMIT_MS

/** How far the followers of the log are behind it, and on a replica the log behind the chain. */
export type Lags = { sealingMs: number; durableMs: number; chain?: ChainLag | undefined }

/** `isFollowed`: a source is connected. `lagMs`: age of the newest mini-block here where there are newer ones; else 0. */
type ChainLag = { isFollowed: boolean; lagMs: number; lagMiniBlocks: bigint }

/** What health checks learn. */
export class Health implements HealthView {
  state: 'starting' | 'running' | 'stopping' = 'starting'
  failure: Error | undefined
  lags: () => Lags = () => ({ sealingMs: 0, durableMs: 0 })

  /** Being behind is no reason to be started again: that would take longer still. */
  live(): HealthReport {
    return new Map([['threads', this.failure?.message.split('\n', 1)[0]]])
  }

  ready(): HealthReport {
    const { sealingMs, durableMs, chain } = this.lags()
    return new Map([
      ...this.live(),
      ['started', this.state === 'starting' ? 'the state is loaded and the log replayed' : undefined],
      ['not-stopping', this.state === 'stopping' ? 'the node is shutting down' : undefined],
      ['sealing', behind(sealingMs)],
      ['durable', behind(durableMs)],
      ...(chain === undefined ? [] : [['following', followingFault(chain)] as const]),
    ])
  }

  notes(): ReadonlyMap<string, string> {
    const { chain } = this.lags()
    if (chain === undefined) return new Map()
    return new Map([
      ['following', `${chain.lagMiniBlocks} mini-blocks and ${Math.round(chain.lagMs)} ms behind`],
    ])
  }

  get isReady(): boolean {
    return [...this.ready().values()].every((reason) => reason === undefined)
  }
}

function followingFault({ isFollowed, lagMs, lagMiniBlocks }: ChainLag): string | undefined {
  if (!isFollowed) return 'no source is followed'
  const fault = behind(lagMs)
  return fault && `${lagMiniBlocks} mini-blocks and ${fault}`
}

function behind(lagMs: number): string | undefined {
  if (lagMs <= READY_LAG_LIMIT_MS) return undefined
  return `${(lagMs / 1000).toFixed(1)} s behind, limit ${READY_LAG_LIMIT_MS / 1000} s`
}

import type { Json, WsRpc } from '../lib/index.ts'
import type { PlainLog } from './Reexecuted.ts'

/** The logs and the newest head of a chain as subscribers are told of them. */
export class LogFollower {
  head: Json
  readonly #logs = new Map<string, PlainLog>()

  static async begin(ws: WsRpc): Promise<LogFollower> {
    const follower = new LogFollower()
    await ws.subscribe('logs', (log) => follower.#take(log), {})
    await ws.subscribe('newHeads', (head) => {
      follower.head = head
    })
    for (const log of await ws.call('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }]))
      follower.#take(log)
    follower.head ??= await ws.call('eth_getBlockByNumber', ['latest', false])
    return follower
  }

  get logs(): PlainLog[] {
    return [...this.#logs.values()]
  }

  #take(log: Json): void {
    const key = `${log.transactionHash} ${log.logIndex}`
    if (log.removed) this.#logs.delete(key)
    else this.#logs.set(key, plain(log))
  }
}

export function plain({ blockNumber, transactionHash, address, data }: Json): PlainLog {
  return { blockNumber, transactionHash, address, data }
}

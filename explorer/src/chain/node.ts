import { signal } from '@preact/signals'
import { RpcSocket, type Socket, type Status } from '../rpc/index.ts'
import { noteReceived } from './traffic.ts'

/** How the page is connected to the node that it came from. */
export const status = signal<Status>('connecting')

/** Counts how often what was read before may have become another: with each connection, and when a chain is taken back. */
export const epoch = signal(0)

/** Behind the page's own address: any path is JSON-RPC for a WebSocket, and this one also for the dev server's proxy. */
function rpcUrl(): string {
  const url = new URL('rpc', document.baseURI)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  return url.href
}

export const node = new RpcSocket({
  open: () => new WebSocket(rpcUrl()) as Socket,
  onStatus: (next) => {
    if (next === 'open') epoch.value++
    status.value = next
  },
  onReceived: noteReceived,
})

/** Asks several things at once; all or none. */
export function requestAll<T>(calls: readonly (readonly [string, readonly unknown[]])[]): Promise<T[]> {
  return Promise.all(calls.map(([method, params]) => node.request<T>(method, params)))
}

import type { PeeringOptions } from '../node/index.ts'
import type { Flag } from './Flag.ts'
import { listOf } from './listOf.ts'
import { takeInteger } from './takeValue.ts'

/** Options of the ways by which the stream goes to others, besides its own port. */
export type OutletOptions = {
  /** Undefined: the node takes no part in the open network. */
  p2pPort: number | undefined
  p2pHost: string
  bootstrap: string[]
  nats: string | undefined
}

const PORTS = { min: 0, max: 65_535 }

export const OUTLET_FLAGS: readonly Flag<{ outlets: OutletOptions }>[] = [
  {
    name: 'p2p-port',
    value: 'N',
    help: 'port for peers of the open network, which get the stream and give it; 0 takes any free one (default: none)',
    take: ({ outlets }, text) => takeInteger(text, PORTS, (p2pPort) => set(outlets, { p2pPort })),
  },
  {
    name: 'p2p-host',
    value: 'ADDRESS',
    help: 'address to listen on for them (default 127.0.0.1: this machine only)',
    take: ({ outlets }, text) => set(outlets, { p2pHost: text }),
  },
  {
    name: 'bootstrap',
    value: 'LIST',
    help: 'multiaddresses of peers that are known, with commas between; one is enough to find the others',
    take: ({ outlets }, text) => set(outlets, { bootstrap: listOf(text) }),
  },
  {
    name: 'nats',
    value: 'URL',
    help: 'puts the stream into NATS JetStream: nats://[user:password@]host[:port][/name][?replicas=N]',
    take: ({ outlets }, text) => set(outlets, { nats: text }),
  },
]

export function defaultOutletOptions(): OutletOptions {
  return { p2pPort: undefined, p2pHost: '127.0.0.1', bootstrap: [], nats: undefined }
}

/** Gives what is wrong with options that need one another. */
export function outletProblem({ outlets }: { outlets: OutletOptions }): string | undefined {
  const isAlone = outlets.bootstrap.length > 0 && outlets.p2pPort === undefined
  return isAlone ? '--bootstrap is of no use without --p2p-port.' : undefined
}

/** As the node takes them. */
export function outletsOf({ outlets }: { outlets: OutletOptions }): {
  peering?: PeeringOptions
  nats?: string
} {
  const { p2pPort, p2pHost, bootstrap, nats } = outlets
  return {
    ...(p2pPort === undefined ? {} : { peering: { port: p2pPort, host: p2pHost, bootstrap } }),
    ...(nats === undefined ? {} : { nats }),
  }
}

function set(outlets: OutletOptions, values: Partial<OutletOptions>): undefined {
  Object.assign(outlets, values)
}

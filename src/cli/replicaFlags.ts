import type { Flag } from './Flag.ts'

/** What a replica is told; of no use elsewhere. */
export type ReplicaFlags = {
  /** URLs of sources, in the order in which they are asked. */
  from: string[]
  /** Address, 20 bytes as hex. */
  sequencer: string | undefined
  /** Execute everything again. */
  verify: boolean
  /** Give up what came after the newest snapshot. */
  rollback: boolean
}

export function defaultReplicaFlags(): ReplicaFlags {
  return { from: [], sequencer: undefined, verify: false, rollback: false }
}

/** As node/outlets/openSource has it. */
const SOURCE = /^(?:(?:tcp|tls):\/\/[^\s/]+:\d{1,5}\/?|nats:\/\/\S+|\/\S+)$/

export const REPLICA_FLAGS: readonly Flag<{ replica: ReplicaFlags }>[] = [
  {
    name: 'from',
    value: 'LIST',
    help: 'of a replica: addresses of nodes that pass the chain on: tcp://host:port, tls://host:port, a multiaddress of a peer, or nats://host:port/name; with commas between or each behind its own --from',
    take: ({ replica }, text) => {
      const urls = text.split(',').map((url) => url.trim())
      const wrong = urls.find((url) => !SOURCE.test(url))
      if (wrong !== undefined) return `${wrong} is no address like tcp://host:port.`
      replica.from.push(...urls)
      return undefined
    },
  },
  {
    name: 'sequencer',
    value: 'ADDRESS',
    help: 'of a replica: address of the sequencer, which signs the chain (default: what the first source says, kept in the folder)',
    take: ({ replica }, text) => {
      if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'expected an address, 0x and 40 hex digits.'
      replica.sequencer = text.toLowerCase()
      return undefined
    },
  },
  {
    name: 'verify',
    help: 'of a replica: be a full node, which executes everything again and stops where the sequencer lies; with --dev what developers write is taken as it is',
    take: ({ replica }) => void Object.assign(replica, { verify: true }),
  },
  {
    name: 'rollback',
    help: 'of a replica: give up what came after the newest snapshot here, once, and follow again from there; for a chain whose sequencer has signed what was wrong, and has put that right',
    take: ({ replica }) => void Object.assign(replica, { rollback: true }),
  },
]

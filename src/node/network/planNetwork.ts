import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { listen, PortInUseError, urlOf } from '../listen.ts'

const HOST = '127.0.0.1'
/** From here, up to but without there: Linux gives outgoing connections those from 32768 on, others from 49152. */
const CHOSEN_PORTS = [10_000, 32_000] as const

export type NetworkOptions = {
  /** Folder in which each node has its own. */
  data: string
  /** Deletes what is in them first. */
  fresh: boolean
  /** The first of the ports, two for each node; undefined: any free ones. */
  basePort: number | undefined
  /** What else is said on the sequencer's command line. */
  sequencerArgs: readonly string[]
}

/** A node of the network, and how it is started. */
export type PlannedMember = {
  name: string
  /** Whom it follows; undefined of the sequencer. */
  follows: string | undefined
  url: string
  /** Where it passes the stream on. */
  feedUrl: string
  /** Its command line. */
  args: string[]
}

type Kind = { name: string; folder: string; follows: string | undefined; args: readonly string[] }

const FOLLOWERS: readonly Kind[] = [
  { name: 'replica 1', folder: 'replica-1', follows: 'sequencer', args: [] },
  // What it has comes through the other.
  { name: 'replica 2', folder: 'replica-2', follows: 'replica 1', args: [] },
  // On a developer's chain some things can't be executed again.
  { name: 'full node', folder: 'full-node', follows: 'sequencer', args: ['--verify', '--dev'] },
]
/** Ports of the network, from the first one on. */
export const NETWORK_PORTS: number = 2 * (FOLLOWERS.length + 1)

/**
 * The nodes of a network on this machine, in the order in which they are started: a sequencer, two replicas of which one is
 * behind the other, a full node.
 */
export async function planNetwork(options: NetworkOptions): Promise<PlannedMember[]> {
  const { data, fresh, basePort, sequencerArgs } = options
  const sequencer = { name: 'sequencer', folder: 'sequencer', follows: undefined, args: sequencerArgs }
  const kinds: Kind[] = [sequencer, ...FOLLOWERS]
  const ports = basePort === undefined ? await freePorts(NETWORK_PORTS) : portsFrom(basePort)
  const urls = kinds.map((_, i) => urlOf(HOST, ports[2 * i]!))
  const feedUrls = kinds.map((_, i) => `tcp://${HOST}:${ports[2 * i + 1]}`)
  const members = kinds.map(({ name }, i) => `${name}=${urls[i]}`).join(',')
  return kinds.map(({ name, folder, follows, args }, i) => {
    const from = kinds.findIndex((kind) => kind.name === follows)
    return {
      ...{ name, follows, url: urls[i]!, feedUrl: feedUrls[i]! },
      args: [
        ...(follows === undefined ? [] : ['replica', '--from', feedUrls[from]!]),
        ...args,
        ...['--data', join(data, folder), '--host', HOST, '--port', String(ports[2 * i])],
        ...['--feed-host', HOST, '--feed-port', String(ports[2 * i + 1])],
        ...['--members', members],
        ...(fresh ? ['--fresh'] : []),
      ],
    }
  })
}

function portsFrom(first: number): number[] {
  return Array.from({ length: NETWORK_PORTS }, (_, i) => first + i)
}

/**
 * Different ones that were free a moment ago, below those that systems give to outgoing connections: a node that is started
 * again finds its own still free.
 */
async function freePorts(count: number): Promise<number[]> {
  const servers = new Map<number, Server>()
  try {
    while (servers.size < count) {
      const port = randomInt(...CHOSEN_PORTS)
      const server = createServer()
      if (await takes(server, port)) servers.set(port, server)
    }
    return [...servers.keys()]
  } finally {
    for (const server of servers.values()) server.close()
  }
}

/** False: another has the port. */
async function takes(server: Server, port: number): Promise<boolean> {
  try {
    await listen(server, { host: HOST, port })
    return true
  } catch (error) {
    if (error instanceof PortInUseError) return false
    throw error
  }
}

import { randomBytes } from 'node:crypto'
import { type MessagePort, workerData } from 'node:worker_threads'
import { multiaddr } from '@multiformats/multiaddr'
import { createPeerNode, dialerServices } from './createPeerNode.ts'
import { ANY_FEED_PROTOCOL } from './networkNames.ts'
import { joinDuplexes, portDuplex } from './portDuplex.ts'
import { streamDuplex } from './streamDuplex.ts'

/** Asks one peer, for who doesn't know the chain yet; ends with the session. */
const { address, port } = workerData as { address: string; port: MessagePort }
// Nobody should know it again.
const node = await createPeerNode({ seed: randomBytes(32), listen: undefined }, await dialerServices())
const asking = portDuplex(port)
try {
  const stream = await node.dialProtocol(multiaddr(address), ANY_FEED_PROTOCOL)
  await joinDuplexes(asking, streamDuplex(stream))
} catch (error) {
  asking.close((error as Error).message)
}
// Ends the thread; a graceful end would wait for the peer's.
process.exit()

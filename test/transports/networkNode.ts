/** A node as a process of its own: its options come as JSON, the address of JSON-RPC and those of peers go out as JSON. */
import { startNode } from '../../src/node/index.ts'

const { options } = JSON.parse(process.argv[2]!)
const node = await startNode({
  ...{ port: 0, memoryMiB: 384, explorer: false, evm: 'interpreter', blockMs: 200 },
  ...options,
  log: ({ event, fields }) => process.stderr.write(`${event} ${JSON.stringify(fields, bigintAsText)}\n`),
})
process.once('SIGTERM', async () => {
  await node.close()
  process.exit()
})
const { url, peerAddresses } = node
process.stdout.write(`${JSON.stringify({ url, peerAddresses })}\n`)

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

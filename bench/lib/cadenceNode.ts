/** A node in a process of its own whose sequencer's thread is watched: `cadenceNode.ts DATA GENESIS MINI_BLOCK_MS`. */
import { startNode } from '../../src/node/index.ts'
import { ThreadWatch } from '../../src/node/ThreadWatch.ts'

const [data, path, miniBlockMs] = process.argv.slice(2)
const watch = new ThreadWatch()
const node = await startNode({
  ...{ port: 0, data: data!, genesis: { path: path! }, miniBlockMs: Number(miniBlockMs) },
  ...{ watch: watch.memory, snapshotMiB: 0 },
})
process.on('message', async (message) => {
  if (message === 'clear') watch.clear()
  if (message === 'read') process.send!({ punctuality: watch.read() })
  if (message === 'stop') {
    await node.close()
    process.exit()
  }
})
process.send!({ url: node.url })

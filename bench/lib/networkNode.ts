/** A node in a process of its own: `networkNode.ts OPTIONS`, with startNode's options as JSON. */
import { type NodeOptions, startNode } from '../../src/node/index.ts'

const node = await startNode(JSON.parse(process.argv[2]!) as NodeOptions)
process.on('message', async (message) => {
  if (message === 'figures') {
    const { user, system } = process.cpuUsage()
    const residentBytes = process.memoryUsage.rss()
    const mostResidentBytes = process.resourceUsage().maxRSS * 1024
    process.send!({ residentBytes, mostResidentBytes, processorMs: (user + system) / 1000 })
  }
  if (message === 'stop') {
    await node.close()
    process.exit()
  }
})
process.send!({ url: node.url, feedUrl: node.feedUrl })

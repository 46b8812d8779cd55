/**
 * The part of a node that answers reads, over a history that is written directly: `longChainNode.ts FOLDER BLOCKS LOGS`.
 * The blocks are empty, but for one in BLOCKS / LOGS that holds a transfer with its log. Nothing executes there.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Engine } from '../../src/execution/index.ts'
import { History, type SealedBlockRecord } from '../../src/history/index.ts'
import { headerOf } from '../../src/history/testing/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { fromBigInt, hexToBytes } from '../../src/lib/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { readGenesis } from '../../src/node/importGenesis.ts'
import { NodeView } from '../../src/node/NodeView.ts'
import {
  bloomOfLogs,
  ExecutedTransactions,
  encodeHeader,
  encodeReceipt,
  headerHash,
  mergeBloom,
} from '../../src/protocol/index.ts'
import { attachPlainHttp, createHttpHandler, HTTP_SERVER_OPTIONS, RpcServer } from '../../src/rpc/index.ts'
import { TOKEN, TRANSFER_TOPIC } from './TransferLoad.ts'

/** Blocks that may wait for the index: beyond, the history would read them again from the database. */
const BLOCKS_BETWEEN_WAITS = 500

const [folder, blockCount, logCount] = process.argv.slice(2) as [string, string, string]
const { chain } = readGenesis({ text: localGenesisJson() })
process.on('SIGTERM', () => process.exit())
const history = History.open(join(folder, 'history'), { genesisHash: chain.hash })
const every = Math.floor(Number(blockCount) / Number(logCount))
let head = blockOf(0n, false)
history.append(head)
for (let number = 1; number <= Number(blockCount); number++) {
  head = blockOf(BigInt(number), number % every === 0)
  history.append(head)
  if (number % BLOCKS_BETWEEN_WAITS === 0) await history.indexed()
}
await history.indexed()
const view = new NodeView({
  ...{ chain, history, engine: new Engine({ memoryMiB: 384 }), clientVersion: 'leveret/bench' },
  start: { blockNumber: head.number, header: head.header, miniBlockNumber: 0n },
  logFolder: join(folder, 'log'),
})
const rpc = new RpcServer(view)
const server = createServer(HTTP_SERVER_OPTIONS, createHttpHandler(rpc))
attachPlainHttp(rpc, server)
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))

function blockOf(number: bigint, hasLog: boolean): SealedBlockRecord {
  const header = headerOf(number)
  const topics = [hexToBytes(TRANSFER_TOPIC), fromBigInt(number, 32), fromBigInt(number + 1n, 32)]
  const logs = [{ address: hexToBytes(TOKEN), topics, data: fromBigInt(1n, 32) }]
  const bloom = bloomOfLogs(logs)
  if (hasLog) mergeBloom(header.logsBloom, bloom)
  const raw = fromBigInt(number, 170)
  const receipt = encodeReceipt({ type: 2, status: 1, cumulativeGasUsed: 50_000n, bloom, logs })
  const transaction = { hash: keccak256(raw), sender: fromBigInt(number, 20), raw, receipt }
  return {
    ...{ number, hash: headerHash(header), header: encodeHeader(header), miniBlockCount: 1 },
    transactions: ExecutedTransactions.of(hasLog ? [transaction] : []),
  }
}

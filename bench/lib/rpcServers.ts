import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpRpc, hex, startChain } from '../../test/lib/index.ts'
import type { BenchContext } from '../harness.ts'
import { enginesOf } from './enginesOf.ts'
import { HardhatNode, hardhatInstalled } from './hardhatNode.ts'
import { startLongAnvil } from './longAnvil.ts'
import { startOnCore } from './RpcLoad.ts'
import { TransferLoad } from './TransferLoad.ts'

export const LOGS = 100
const SERVER_CORE = 0
const BLOCK_GAS_LIMIT = 1_000_000_000
/** Of Hardhat's blocks in one request. */
const MINED_AT_ONCE = 1000
const LONG_CHAIN_NODE = join(import.meta.dirname, 'longChainNode.ts')

export type ServerName = 'leveret' | 'anvil' | 'hardhat'
export type Server = { engine: ServerName; port: number; stop: () => Promise<unknown> }

/** Those that are measured beside each other: as {@link enginesOf}, and Hardhat's node. */
export function serversOf(context: BenchContext): ServerName[] {
  const { only } = context.options
  const hardhat = only === undefined || only === 'hardhat'
  if (hardhat && !hardhatInstalled())
    context.note('hardhat is not installed: left out; node scripts/install.mjs test/clients installs it')
  return [...enginesOf(context), ...(hardhat && hardhatInstalled() ? (['hardhat'] as const) : [])]
}

/** A transfer with a log from each of 100 accounts to the next, and the genesis for them. */
export function logTransfers(): TransferLoad {
  return new TransferLoad({ accounts: LOGS, rounds: 1, connections: 1, blockGasLimit: BLOCK_GAS_LIMIT })
}

/** A node, as it is started, that has executed the transfers. */
export async function startServer(engine: ServerName, transfers: TransferLoad): Promise<Server> {
  const node = await startOnCore(SERVER_CORE, () => startNode(engine, transfers))
  const { url, port } = node
  await sendAll({ url, target: engine }, transfers)
  return { engine, port, stop: () => node.stop() }
}

/** A chain of so many blocks with 100 logs: of Leveret what answers reads, over a history written directly. */
export async function startOfLength(engine: ServerName, blocks: number): Promise<Server> {
  if (engine === 'leveret') return await startLongChain(blocks)
  const server = await startServer(engine, logTransfers())
  const url = `http://127.0.0.1:${server.port}`
  const rpc = new HttpRpc(url)
  if (engine === 'anvil') {
    await rpc.call('anvil_mine', ['0x1'])
    rpc.close()
    const long = await startOnCore(SERVER_CORE, () => startLongAnvil(url, blocks))
    await server.stop()
    return { engine, port: long.port, stop: () => long.stop() }
  }
  for (let left = blocks - LOGS; left > 0; left -= MINED_AT_ONCE)
    await rpc.call(`${engine}_mine`, [`0x${Math.min(left, MINED_AT_ONCE).toString(16)}`])
  rpc.close()
  return server
}

async function startNode(
  engine: ServerName,
  transfers: TransferLoad,
): Promise<{ url: string; port: number; stop: () => Promise<unknown> }> {
  if (engine === 'hardhat') return await HardhatNode.start(transfers.alloc)
  const folder = mkdtempSync(join(tmpdir(), 'leveret-rpc-'))
  try {
    const genesisFile = join(folder, 'genesis.json')
    writeFileSync(genesisFile, transfers.genesis)
    return await startChain({ target: engine, genesisFile })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startLongChain(blocks: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-rpc-'))
  const child: ChildProcess = await startOnCore(SERVER_CORE, () =>
    fork(LONG_CHAIN_NODE, [folder, String(blocks), String(LOGS)], { stdio: ['ignore', 2, 2, 'ipc'] }),
  )
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  const message = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof message[0] === 'object') return { engine: 'leveret', port: message[0].port, stop }
  await stop()
  throw new Error('the server of the long chain ended')
}

/** All transfers, and waits until they are executed. */
async function sendAll(chain: { url: string; target: ServerName }, transfers: TransferLoad): Promise<void> {
  const rpc = new HttpRpc(chain.url)
  const all = transfers.between(0, 1).flat()
  // Hardhat's node has executed what it has answered.
  const method = chain.target === 'hardhat' ? 'eth_sendRawTransaction' : 'eth_sendRawTransactionSync'
  for (const { raw } of all) await rpc.call(method, [hex(raw)])
  const receipts = await rpc.results(all.map(({ hash }) => ['eth_getTransactionReceipt', [hash]]))
  await transfers.check(chain, receipts)
  rpc.close()
}

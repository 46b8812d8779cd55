import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encodeDeployData, encodeFunctionData } from 'viem'
import { createChain, type InProcessChain } from '../../src/node/index.ts'
import {
  accounts,
  anvilInstalled,
  bytes,
  type Chain,
  compile,
  HttpRpc,
  hex,
  type Json,
  needsAnvil,
  signTransaction,
  startChain,
  type UnsignedTransaction,
} from '../lib/index.ts'

const [OWNER, FRIEND] = accounts as [(typeof accounts)[0], (typeof accounts)[0]]
const NOBODY = '0x00000000000000000000000000000000000000bb'
const FORK_NUMBER = '0x3'
const { abi, bytecode } = compile('Token')

type Rpc = Pick<HttpRpc, 'call'>

const chains: Chain[] = []
const rpcs: HttpRpc[] = []
let inProcess: InProcessChain | undefined
let remote: HttpRpc
let anvil: Rpc
/** Forks of ours, by where they are. */
let ours: Record<string, Rpc>
let token: string
let transfer: string

/** All forks stand after block 3, of five, of one remote: an anvil with a token that was minted and transferred. */
before(async () => {
  if (!anvilInstalled()) return
  const url = await start('anvil', [])
  remote = rpcs[0]!
  const deployed = await send(remote, 0n, { data: encodeDeployData({ abi, bytecode, args: ['Token', 'T'] }) })
  token = deployed.contractAddress
  await send(remote, 1n, { to: token, data: call('mint', [OWNER.address, 100n]) })
  transfer = (await send(remote, 2n, { to: token, data: call('transfer', [FRIEND.address, 5n]) }))
    .transactionHash
  for (const nonce of [3n, 4n])
    await send(remote, nonce, { to: token, data: call('transfer', [FRIEND.address, 50n - nonce]) })
  const fork = ['--fork-url', url, '--fork-block-number', String(Number(FORK_NUMBER))]
  await start('anvil', fork)
  await start('leveret', fork)
  const chain = await createChain({ forkUrl: url, forkBlockNumber: BigInt(FORK_NUMBER) })
  inProcess = chain
  anvil = rpcs[1]!
  ours = {
    'a node': rpcs[2]!,
    'this process': { call: (method, params = []) => chain.request({ method, params }) },
  }
})
after(async () => {
  await inProcess?.close()
  for (const rpc of rpcs) rpc.close()
  for (const chain of chains) await chain.stop()
})

async function start(target: 'anvil' | 'leveret', extraArguments: string[]): Promise<string> {
  const chain = await startChain({ target, extraArguments })
  chains.push(chain)
  rpcs.push(new HttpRpc(chain.url))
  return chain.url
}

function call(functionName: string, args: unknown[]): string {
  return encodeFunctionData({ abi, functionName, args })
}

async function send(rpc: Rpc, nonce: bigint, { to, data }: { to?: string; data: string }): Promise<Json> {
  const fields: UnsignedTransaction = {
    ...{ type: 2, chainId: 31337n, nonce, gasLimit: 3_000_000n, maxFeePerGas: 10n ** 11n },
    data: bytes(data),
    ...(to === undefined ? {} : { to: bytes(to) }),
  }
  return await rpc.call('eth_sendRawTransactionSync', [hex(signTransaction(fields, OWNER.key))])
}

const outcomeOf = (rpc: Rpc, method: string, params: unknown[]): Promise<Json> =>
  rpc.call(method, params).catch((error: Error) => ({ error: error.constructor.name }))

const balanceOf = (who: string): object => ({ to: token, data: call('balanceOf', [who]) })

/** What all forks are asked, before and after their own transactions. */
function questions(): [method: string, params: unknown[]][] {
  const states: [string, unknown[]][] = ['0x1', '0x2', FORK_NUMBER, 'latest'].flatMap(
    (block): [string, unknown[]][] => [
      ['eth_call', [balanceOf(OWNER.address), block]],
      ['eth_call', [balanceOf(FRIEND.address), block]],
      ['eth_getCode', [token, block]],
      ['eth_getStorageAt', [token, '0x2', block]],
      ['eth_getTransactionCount', [OWNER.address, block]],
      ['eth_getBalance', [NOBODY, block]],
    ],
  )
  const blocks: [string, unknown[]][] = ['0x0', '0x1', '0x2', FORK_NUMBER].flatMap(
    (block): [string, unknown[]][] => [
      ['eth_getBlockByNumber', [block, false]],
      ['eth_getBlockByNumber', [block, true]],
      ['eth_getBlockReceipts', [block]],
      ['eth_getBlockTransactionCountByNumber', [block]],
    ],
  )
  return [
    ...states,
    ...blocks,
    ['eth_getTransactionByHash', [transfer]],
    ['eth_getTransactionReceipt', [transfer]],
    ['eth_chainId', []],
  ]
}

describe('a chain that is forked from anvil', needsAnvil, () => {
  const compare = async () => {
    for (const [method, params] of questions()) {
      const theirs = await outcomeOf(anvil, method, params)
      for (const [place, rpc] of Object.entries(ours)) {
        const outcome = await outcomeOf(rpc, method, params)
        assert.deepEqual(outcome, theirs, `${method} ${JSON.stringify(params)} in ${place}`)
      }
    }
  }

  it('answers as a fork that anvil makes of the same block', compare)

  it('executes and logs as such a fork', async () => {
    for (const [index, amount] of [7n, 200n, 88n].entries()) {
      const data = call('transfer', [FRIEND.address, amount])
      const [theirs, ...receipts] = await Promise.all(
        [anvil, ...Object.values(ours)].map((rpc) => send(rpc, 3n + BigInt(index), { to: token, data })),
      )
      for (const receipt of receipts)
        for (const field of ['status', 'gasUsed', 'transactionHash', 'from', 'to', 'type'])
          assert.deepEqual(receipt[field], theirs[field], field)
    }
    await compare()
    const filter = { fromBlock: '0x0', toBlock: 'latest', address: token }
    const [theirs, ...lists] = await Promise.all(
      [anvil, ...Object.values(ours)].map((rpc) => rpc.call('eth_getLogs', [filter])),
    )
    const facts = (logs: Json[]) =>
      logs.map(({ topics, data, transactionHash }) => ({ topics, data, transactionHash }))
    for (const logs of lists) {
      assert.equal(logs.length, 4)
      assert.deepEqual(facts(logs), facts(theirs))
    }
  })
})

import { encodeDeployData, encodeFunctionData, type Hex } from 'viem'
import { compile, delay, type Json } from '../lib/index.ts'
import type { DevSession } from './DevSession.ts'

/** One thing that a developer does, and what comes of it. */
export type Step = { name: string; run(session: DevSession): Promise<Json> }

/** With which both nodes are started. */
export const FLAGS: readonly string[] = [
  ...['--accounts', '3', '--balance', '77', '--gas-limit', '30000000', '--timestamp', '1900000000'],
  ...['--chain-id', '4242', '--base-fee', '1000000000', '--hardfork', 'osaka'],
  ...['--mnemonic', 'legal winner thank year wave sausage worth useful legal winner thank yellow'],
]
const GENESIS_TIME = 1_900_000_000

const STRANGER = '0x00000000000000000000000000000000000000aa'
const CONTRACT = '0x00000000000000000000000000000000000c0de1'
const NOBODY = '0x00000000000000000000000000000000000000bb'
const WORD = `0x${'00'.repeat(31)}2a`
const ETHER = '0xde0b6b3a7640000'
const NO_HASH = `0x${'22'.repeat(32)}`
/** Gives slot 0. */
const READER = '0x60005460005260206000f3'
const TYPED = {
  types: {
    EIP712Domain: [{ name: 'name', type: 'string' }],
    Mail: [
      { name: 'to', type: 'address[]' },
      { name: 'amount', type: 'uint64' },
    ],
  },
  primaryType: 'Mail',
  domain: { name: 'Mail' },
  message: { to: [STRANGER], amount: '5' },
}

const accountsOf = (session: DevSession): Promise<string[]> => session.call('eth_accounts')

export const SCRIPT: readonly Step[] = [
  {
    name: 'the chain is as the flags say',
    async run(session) {
      const [first] = await accountsOf(session)
      return [
        await session.call('eth_chainId'),
        await accountsOf(session),
        await session.call('eth_requestAccounts'),
        await session.call('eth_getBalance', first, 'latest'),
        await session.latest(),
        await session.calls(['anvil_getAutomine'], ['hardhat_getAutomine'], ['anvil_getIntervalMining']),
      ]
    },
  },
  {
    name: 'transactions that come alone get a block each',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const receipts: Json[] = []
      for (let i = 0; i < 3; i++)
        receipts.push(await session.receipt(await session.send(alice!, bob, { value: '0x1' })))
      return [receipts, (await session.latest()).number]
    },
  },
  {
    name: 'who has no key sends nothing',
    async run(session) {
      const [alice] = await accountsOf(session)
      return [await session.send(STRANGER, alice), await session.call('eth_sign', STRANGER, '0x11')]
    },
  },
  {
    name: 'signing',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const transaction = {
        ...{ from: alice, to: bob, value: '0x1', gas: '0x5208', nonce: '0x7' },
        ...{ maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' },
      }
      return session.calls(
        ['eth_sign', alice, '0x68656c6c6f'],
        ['personal_sign', '0x68656c6c6f', alice],
        ['eth_signTypedData_v4', alice, TYPED],
        ['eth_signTransaction', transaction],
      )
    },
  },
  {
    name: 'signing under older names',
    async run(session) {
      const [alice] = await accountsOf(session)
      return session.calls(['eth_signTypedData_v3', alice, TYPED], ['eth_signTypedData', alice, TYPED])
    },
  },
  {
    name: 'state is written',
    async run(session) {
      const written = await session.calls(
        ['anvil_setBalance', STRANGER, '0x64'],
        ['anvil_setNonce', STRANGER, '0x7'],
        ['anvil_setCode', CONTRACT, READER],
        ['anvil_setStorageAt', CONTRACT, '0x0', WORD],
        ['anvil_addBalance', STRANGER, '0x5'],
      )
      const read = await session.calls(
        ['eth_getBalance', STRANGER, 'latest'],
        ['eth_getTransactionCount', STRANGER, 'latest'],
        ['eth_getCode', CONTRACT, 'latest'],
        ['eth_getStorageAt', CONTRACT, '0x0', 'latest'],
        ['eth_call', { to: CONTRACT }, 'latest'],
      )
      return [written, read, await session.number()]
    },
  },
  {
    name: 'accounts are read whole',
    async run(session) {
      // What developers write comes into the state root with the next block.
      await session.call('evm_mine')
      return session.calls(
        ['eth_getAccountInfo', CONTRACT, 'latest'],
        ['eth_getAccountInfo', STRANGER, '0x1'],
        ['eth_getAccountInfo', NOBODY, 'latest'],
        ['eth_getAccount', CONTRACT, 'latest'],
        ['eth_getAccount', STRANGER, 'latest'],
      )
    },
  },
  {
    name: 'a transaction is sent, and its receipt is the answer',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const nonce = await session.call('eth_getTransactionCount', alice, 'latest')
      const call = { from: alice, to: bob, value: '0x1' }
      const { status, transactionHash, from, gasUsed } = await session.call('eth_sendTransactionSync', call)
      const found = await session.call('eth_getTransactionBySenderAndNonce', alice, nonce)
      const none = await session.call('eth_getTransactionBySenderAndNonce', alice, '0x1000')
      return [status, from, gasUsed, found.hash === transactionHash, found.nonce === nonce, none]
    },
  },
  {
    name: 'what is left of proof of work',
    run: (session) =>
      session.calls(['eth_coinbase'], ['eth_hashrate'], ['eth_networkId'], ['anvil_getGenesisTime']),
  },
  {
    name: 'state is written, in plain and decimal numbers',
    run: (session) =>
      session.calls(
        ['anvil_setBalance', STRANGER, 100],
        ['eth_getBalance', STRANGER, 'latest'],
        ['anvil_setNonce', STRANGER, '9'],
        ['evm_setAccountNonce', STRANGER, 10],
        ['eth_getTransactionCount', STRANGER, 'latest'],
        ['anvil_setBalance', STRANGER],
        ['anvil_setBalance', '0x12', '0x1'],
      ),
  },
  {
    name: "state is written under Hardhat's names",
    async run(session) {
      const written = await session.calls(
        ['hardhat_setBalance', STRANGER, '0x1'],
        ['hardhat_setNonce', STRANGER, '0x30'],
        ['hardhat_setCode', STRANGER, '0x6001'],
        ['hardhat_setStorageAt', STRANGER, '0x1', WORD],
      )
      // What they answer is another matter.
      return [
        written.map(([name]) => name),
        await session.calls(
          ['eth_getBalance', STRANGER, 'latest'],
          ['eth_getTransactionCount', STRANGER, 'latest'],
          ['eth_getCode', STRANGER, 'latest'],
          ['eth_getStorageAt', STRANGER, '0x1', 'latest'],
        ),
      ]
    },
  },
  {
    name: "answers under Hardhat's names",
    run: (session) =>
      session.calls(
        ['hardhat_setBalance', STRANGER, '0x1'],
        ['hardhat_setNonce', STRANGER, '0x40'],
        ['hardhat_setCode', STRANGER, '0x'],
        ['hardhat_impersonateAccount', CONTRACT],
        ['hardhat_stopImpersonatingAccount', CONTRACT],
        ['hardhat_autoImpersonateAccount', false],
        ['hardhat_dropTransaction', NO_HASH],
        ['hardhat_dropAllTransactions'],
        ['hardhat_setNextBlockBaseFeePerGas', '0x3b9aca00'],
        ['hardhat_setCoinbase', STRANGER],
        ['hardhat_mine', '0x1'],
        ['hardhat_setLoggingEnabled', true],
      ),
  },
  {
    name: "Hardhat's prevRandao",
    run: (session) => session.calls(['hardhat_setPrevRandao', WORD]),
  },
  {
    name: 'impersonation',
    async run(session) {
      const [alice] = await accountsOf(session)
      await session.call('anvil_setBalance', CONTRACT, ETHER)
      const before = await session.send(CONTRACT, alice, { value: '0x1' })
      const on = await session.call('anvil_impersonateAccount', CONTRACT)
      const during = await session.receipt(await session.send(CONTRACT, alice, { value: '0x1' }))
      const off = await session.call('anvil_stopImpersonatingAccount', CONTRACT)
      const after = await session.send(CONTRACT, alice, { value: '0x1' })
      const all = await session.call('anvil_autoImpersonateAccount', true)
      const anybody = await session.receipt(await session.send(CONTRACT, alice, { value: '0x1' }))
      const none = await session.call('anvil_autoImpersonateAccount', false)
      const unsigned = await session.call('eth_sendUnsignedTransaction', {
        ...{ from: CONTRACT, to: alice, value: '0x1', gas: '0x5208', nonce: '0x2' },
      })
      return [before, on, during, off, after, all, anybody, none, await session.receipt(unsigned)]
    },
  },
  {
    name: 'a transaction of an impersonated account can be traced',
    async run(session) {
      const [alice] = await accountsOf(session)
      await session.calls(['anvil_setBalance', CONTRACT, ETHER], ['anvil_impersonateAccount', CONTRACT])
      const hash = await session.send(CONTRACT, alice, { value: '0x3', gas: '0x7530' })
      await session.receipt(hash)
      await session.call('anvil_stopImpersonatingAccount', CONTRACT)
      const trace = await session.call('debug_traceTransaction', hash, { tracer: 'callTracer' })
      return [trace.from, trace.to, trace.value, trace.gasUsed]
    },
  },
  {
    name: 'blocks on demand',
    async run(session) {
      const before = await session.number()
      const mined = await session.calls(
        ['evm_mine'],
        ['evm_mine', { timestamp: GENESIS_TIME + 500_000, blocks: 3 }],
        ['anvil_mine'],
        ['anvil_mine', '0x2'],
        ['anvil_mine', 2, 0],
        ['anvil_mine', 0],
        ['evm_mine', 5],
      )
      return [mined, (await session.number()) - before]
    },
  },
  {
    name: 'blocks on demand, in detail',
    async run(session) {
      const blocks: Json[] = []
      for (const method of ['evm_mine_detailed', 'anvil_mine_detailed'])
        for (const { number, transactions } of await session.call(method))
          blocks.push({ number, transactions })
      return blocks
    },
  },
  {
    name: "blocks on demand, under Hardhat's name",
    async run(session) {
      const { number, timestamp } = await session.latest()
      await session.call('hardhat_mine', '0x5', '0xa')
      const after = await session.latest()
      return [after.number - number, after.timestamp - timestamp]
    },
  },
  {
    name: 'the time of the next block',
    async run(session) {
      const start = GENESIS_TIME + 1_000_000
      const set = await session.calls(
        ['evm_setNextBlockTimestamp', start],
        ['evm_mine'],
        ['evm_setNextBlockTimestamp', start - 1],
        ['anvil_setNextBlockTimestamp', String(start + 50)],
      )
      const [alice, bob] = await accountsOf(session)
      await session.receipt(await session.send(alice!, bob))
      const sent = (await session.latest()).timestamp - start
      const mined = await session.call('evm_mine', start + 500)
      return [set, sent, mined, (await session.latest()).timestamp - start]
    },
  },
  {
    name: 'the clock is put forward',
    async run(session) {
      await session.call('evm_mine', GENESIS_TIME + 2_000_000)
      const { timestamp } = await session.latest()
      const first = await session.call('evm_increaseTime', 3600)
      const second = await session.call('anvil_increaseTime', '0xe10')
      await session.call('evm_mine')
      const after = await session.latest()
      // Some seconds may have passed.
      return [
        second - first,
        Math.floor((after.timestamp - timestamp) / 100),
        await session.call('evm_increaseTime', -5),
      ]
    },
  },
  {
    name: 'the clock is set',
    async run(session) {
      const start = GENESIS_TIME + 3_000_000
      const times: number[] = []
      for (const [method, time] of [
        ['evm_setTime', start],
        ['anvil_setTime', (start + 100_000) * 1000],
      ] as const) {
        await session.call(method, time)
        await session.call('evm_mine')
        times.push(Math.floor(((await session.latest()).timestamp - start) / 100))
      }
      return times
    },
  },
  {
    name: 'the clock is set back',
    async run(session) {
      const { timestamp } = await session.latest()
      await session.call('evm_setTime', GENESIS_TIME)
      await session.call('evm_mine')
      const after = (await session.latest()).timestamp
      await session.call('evm_setTime', GENESIS_TIME + 4_000_000)
      await session.call('evm_mine')
      return after >= timestamp
    },
  },
  {
    name: 'blocks at a fixed distance in time',
    async run(session) {
      const set = await session.call('anvil_setBlockTimestampInterval', 17)
      const { timestamp } = await session.latest()
      await session.call('anvil_mine', 3)
      const after = (await session.latest()).timestamp - timestamp
      return [
        ...[set, after],
        await session.calls(['anvil_removeBlockTimestampInterval'], ['anvil_removeBlockTimestampInterval']),
      ]
    },
  },
  {
    name: 'blocks with seconds between them',
    async run(session) {
      const { timestamp } = await session.latest()
      await session.call('evm_setTime', timestamp)
      await session.call('anvil_mine', 3, 60)
      return Math.floor(((await session.latest()).timestamp - timestamp) / 10)
    },
  },
  {
    name: 'what the next block says',
    async run(session) {
      const set = await session.calls(
        ['anvil_setNextBlockBaseFeePerGas', '0x12a05f200'],
        ['anvil_setCoinbase', CONTRACT],
        ['evm_setBlockGasLimit', '0x1312d00'],
        ['anvil_setMinGasPrice', '0x1'],
        ['hardhat_setMinGasPrice', '0x1'],
      )
      await session.call('evm_mine')
      const { baseFeePerGas } = await session.call('eth_getBlockByNumber', 'latest', false)
      const { gasLimit, miner } = await session.latest()
      const limit = await session.call('anvil_setBlockGasLimit', 30_000_000)
      await session.call('anvil_mine', 30)
      return [set, baseFeePerGas, gasLimit, miner, limit, (await session.latest()).gasLimit]
    },
  },
  {
    name: 'transactions wait for a block on demand',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const nonce = Number(await session.call('eth_getTransactionCount', alice, 'latest'))
      const off = await session.call('evm_setAutomine', false)
      const hashes: Json[] = []
      for (const [from, gwei] of [
        [alice, 10],
        [bob, 20],
        [alice, 5],
      ] as const) {
        const price = `0x${(gwei * 10 ** 9).toString(16)}`
        hashes.push(await session.send(from!, STRANGER, { maxFeePerGas: price, maxPriorityFeePerGas: price }))
      }
      const waiting = await session.calls(
        ['txpool_status'],
        ['anvil_getAutomine'],
        ['eth_getTransactionReceipt', hashes[0]],
      )
      const nonces = [
        Number(await session.call('eth_getTransactionCount', alice, 'latest')) - nonce,
        Number(await session.call('eth_getTransactionCount', alice, 'pending')) - nonce,
      ]
      await session.call('evm_mine')
      const places: Json[] = []
      for (const hash of hashes) places.push((await session.receipt(hash)).transactionIndex)
      const on = await session.call('anvil_setAutomine', true)
      return [off, waiting, nonces, places, on, await session.call('txpool_status')]
    },
  },
  {
    name: 'transactions are dropped',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      await session.call('evm_setAutomine', false)
      const first = await session.send(alice!, bob)
      const dropped = [
        (await session.call('anvil_dropTransaction', first)) === first,
        await session.call('anvil_dropTransaction', NO_HASH),
        await session.call('txpool_status'),
      ]
      await session.send(alice!, bob)
      const second = await session.call('anvil_removePoolTransactions', alice)
      const between = await session.call('txpool_status')
      await session.send(bob!, alice)
      const all = await session.call('anvil_dropAllTransactions')
      const after = await session.call('txpool_status')
      await session.call('evm_setAutomine', true)
      return [dropped, second, between, all, after]
    },
  },
  {
    name: 'blocks that come regularly',
    async run(session) {
      const set = await session.calls(
        ['evm_setIntervalMining', 1],
        ['anvil_getAutomine'],
        ['anvil_getIntervalMining'],
        ['anvil_setIntervalMining', 2],
        ['anvil_getIntervalMining'],
        ['evm_setIntervalMining', 1],
      )
      const before = await session.number()
      await delay(3500)
      const made = (await session.call('eth_getBlockByNumber', 'latest', false)).number
      const off = await session.calls(
        ['evm_setIntervalMining', 0],
        ['anvil_getIntervalMining'],
        ['anvil_getAutomine'],
      )
      await session.call('evm_setAutomine', true)
      return [set, Number(made) - before >= 2, off]
    },
  },
  {
    name: 'a snapshot, and back',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const before = [await session.number(), await session.call('eth_getBalance', STRANGER, 'latest')]
      const id = await session.call('evm_snapshot')
      await session.receipt(await session.send(alice!, STRANGER, { value: '0x9' }))
      await session.call('anvil_setBalance', STRANGER, '0x3039')
      await session.call('anvil_mine', 2)
      const inner = await session.call('anvil_snapshot')
      await session.receipt(await session.send(bob!, STRANGER))
      const reverted = [await session.call('anvil_revert', inner), await session.call('evm_revert', id)]
      const after = [await session.number(), await session.call('eth_getBalance', STRANGER, 'latest')]
      return [
        reverted,
        JSON.stringify(after) === JSON.stringify(before),
        await session.call('evm_revert', '0x999'),
      ]
    },
  },
  {
    name: 'some blocks back',
    async run(session) {
      await session.call('anvil_mine', 4)
      const before = await session.number()
      const answers = await session.calls(['anvil_rollback', 2], ['anvil_rollback', 1])
      return [answers, (await session.number()) - before]
    },
  },
  {
    name: 'another branch of the chain',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const hash = await session.send(alice!, STRANGER, { value: '0x5' })
      await session.receipt(hash)
      await session.call('anvil_mine', 2)
      const before = await session.number()
      const answer = await session.call('anvil_reorg', 3, [[{ from: bob, to: STRANGER, value: '0x6' }, 1]])
      const { transactions } = await session.call(
        'eth_getBlockByNumber',
        `0x${(before - 1).toString(16)}`,
        false,
      )
      const gone = await session.call('eth_getTransactionReceipt', hash)
      return [answer, (await session.number()) - before, transactions.length, gone]
    },
  },
  {
    name: 'the state is dumped and loaded',
    async run(session) {
      await session.call('anvil_setBalance', STRANGER, '0x7777')
      const dump = await session.call('anvil_dumpState')
      await session.call('anvil_setBalance', STRANGER, '0x1')
      return [
        typeof dump,
        await session.call('anvil_loadState', dump),
        await session.call('eth_getBalance', STRANGER, 'latest'),
      ]
    },
  },
  {
    name: 'tokens are dealt',
    async run(session) {
      const [alice, bob] = await accountsOf(session)
      const { abi, bytecode } = compile('Token')
      const data = encodeDeployData({ abi, bytecode, args: ['Token', 'TOK'] })
      const hash = await session.send(alice!, undefined, { data })
      const { contractAddress: token } = await session.receipt(hash)
      const dealt = await session.calls(
        ['anvil_dealERC20', bob, token, '0x2a'],
        ['anvil_setERC20Allowance', bob, alice, token, '0x7'],
        ['anvil_dealERC20', bob, CONTRACT, '0x2a'],
      )
      const read = (functionName: string, args: unknown[]): Promise<Json> =>
        session.call('eth_call', { to: token, data: dataOf(functionName, args) }, 'latest')
      return [dealt, await read('balanceOf', [bob]), await read('allowance', [bob, alice])]
    },
  },
  {
    name: 'what the node is',
    async run(session) {
      const info = await session.call('anvil_nodeInfo')
      const metadata = await session.call('anvil_metadata')
      const again = await session.call('hardhat_metadata')
      return [
        ...[Object.keys(info).sort(), Object.keys(info.environment).sort(), info.transactionOrder],
        ...[info.environment.chainId, info.environment.gasLimit, metadata.chainId],
        ...[
          metadata.instanceId === again.instanceId,
          metadata.latestBlockNumber - Number(info.currentBlockNumber),
        ],
      ]
    },
  },
  {
    name: 'what the terminal shows',
    run: (session) => session.calls(['anvil_setLoggingEnabled', false], ['anvil_setLoggingEnabled', true]),
  },
  {
    name: 'what the node is, in all of its members',
    async run(session) {
      const { hardFork } = await session.call('anvil_nodeInfo')
      return [hardFork, Object.keys(await session.call('anvil_metadata')).sort()]
    },
  },
  {
    name: 'back to the beginning',
    async run(session) {
      const [alice] = await accountsOf(session)
      await session.call('anvil_setBalance', alice, '0x1')
      const answer = await session.call('anvil_reset')
      await session.call('evm_mine')
      await session.call('hardhat_reset')
      return [answer, await session.number(), await session.call('eth_getBalance', alice, 'latest')]
    },
  },
]

function dataOf(functionName: string, args: unknown[]): Hex {
  return encodeFunctionData({ abi: compile('Token').abi, functionName, args })
}

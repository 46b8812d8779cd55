import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  encodeFunctionResult,
  getContractAddress,
  type Hex,
  keccak256,
  numberToHex,
} from 'viem'
import {
  accounts,
  bytes,
  type Chain,
  Clients,
  compile,
  createAddress,
  delay,
  eventually,
  HttpRpc,
  hex,
  type Json,
  leveretOnly,
  sealedBlock,
  signTransaction,
  startChain,
  TARGET,
  transactionHash,
  type UnsignedTransaction,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const reverter = compile('Reverter')
const token = compile('Token')
const delegate = compile('Delegate')

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let gold: Address
let counter: Address

before(async () => {
  chain = await startChain({ blockMs: 300 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  gold = await clients.deploy(token, ['Gold', 'AU'])
  counter = await clients.deploy(reverter, [])
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

async function raw(who: number, change: Partial<UnsignedTransaction>): Promise<Hex> {
  const address = accounts[who]!.address
  const nonce = change.nonce ?? BigInt(await rpc.call('eth_getTransactionCount', [address, 'pending']))
  const base = {
    type: 2,
    chainId: 31337n,
    gasLimit: 21_000n,
    maxFeePerGas: 10n ** 10n,
    to: bytes(bob),
  } as const
  return hex(signTransaction({ ...base, ...change, nonce }, accounts[who]!.key))
}

async function receiptOf(hash: Hex): Promise<Json> {
  return await eventually(
    `the receipt of ${hash}`,
    async () => (await rpc.call('eth_getTransactionReceipt', [hash])) ?? undefined,
  )
}

describe('transaction types', () => {
  it('takes a legacy transaction with and without a chain id', async () => {
    for (const chainId of [31337n, undefined]) {
      const tx: UnsignedTransaction = {
        type: 0,
        nonce: BigInt(await rpc.call('eth_getTransactionCount', [accounts[2]!.address, 'latest'])),
        gasLimit: 21_000n,
        maxFeePerGas: 10n ** 10n,
        to: bytes(bob),
        ...(chainId === undefined ? {} : { chainId }),
      }
      const hash = await rpc.call('eth_sendRawTransaction', [hex(signTransaction(tx, accounts[2]!.key))])
      const receipt = await receiptOf(hash)
      assert.deepEqual(
        [receipt.status, receipt.type, receipt.effectiveGasPrice],
        ['0x1', '0x0', numberToHex(10n ** 10n)],
      )
      const { v } = await rpc.call('eth_getTransactionByHash', [hash])
      assert.ok(chainId === undefined ? BigInt(v) <= 28n : BigInt(v) >= 62_709n)
    }
  })

  it('charges an access list exactly: 2,400 an address and 1,900 a slot', async () => {
    const accessList = [
      { address: bytes(gold), storageKeys: [new Uint8Array(32), new Uint8Array(32).fill(7)] },
    ]
    for (const type of [1, 2] as const) {
      const hash = await rpc.call('eth_sendRawTransaction', [
        await raw(2, { type, accessList, gasLimit: 27_200n }),
      ])
      const receipt = await receiptOf(hash)
      assert.deepEqual([receipt.gasUsed, receipt.type], [numberToHex(27_200), numberToHex(type)])
      const found = await rpc.call('eth_getTransactionByHash', [hash])
      assert.deepEqual(found.accessList[0].storageKeys, accessList[0]!.storageKeys.map(hex))
    }
  })

  it('pays the tip and no more than the cap', async () => {
    const hash = await rpc.call('eth_sendRawTransaction', [await raw(2, { maxPriorityFeePerGas: 12_345n })])
    const receipt = await receiptOf(hash)
    const block = await sealedBlock(rpc, receipt.blockNumber)
    assert.equal(BigInt(receipt.effectiveGasPrice), BigInt(block.baseFeePerGas) + 12_345n)
  })

  it('supplies BLOCKHASH of the parent exactly', async () => {
    // NUMBER PUSH1 1 SWAP1 SUB BLOCKHASH PUSH0 SSTORE STOP, run as creation code.
    const code = bytes('0x4360019003405f5500')
    const nonce = BigInt(await rpc.call('eth_getTransactionCount', [accounts[3]!.address, 'latest']))
    const create: UnsignedTransaction = {
      type: 2,
      chainId: 31337n,
      nonce,
      gasLimit: 200_000n,
      maxFeePerGas: 10n ** 10n,
      data: code,
    }
    const hash = await rpc.call('eth_sendRawTransaction', [hex(signTransaction(create, accounts[3]!.key))])
    const receipt = await receiptOf(hash)
    assert.equal(receipt.status, '0x1')
    assert.equal(receipt.contractAddress, hex(createAddress(bytes(accounts[3]!.address), nonce)))
    const stored = await rpc.call('eth_getStorageAt', [receipt.contractAddress, '0x0', 'latest'])
    assert.equal(stored, (await sealedBlock(rpc, BigInt(receipt.blockNumber) - 1n)).hash)
  })
})

describe('EIP-7702', () => {
  it('lets an account run a delegate’s code for itself, and clear it again', async () => {
    const implementation = await clients.deploy(delegate, [])
    const wallet = clients.wallet(4)
    const { address } = accounts[4]!
    const authorization = await wallet.signAuthorization({
      contractAddress: implementation,
      executor: 'self',
    })
    const calls = [
      { to: unfundedAccount(40).address, value: 5n, data: '0x' },
      { to: counter, value: 0n, data: encodeFunctionData({ ...reverter, functionName: 'increment' }) },
    ]
    const data = encodeFunctionData({ ...delegate, functionName: 'execute', args: [calls] })
    const hash = await wallet.sendTransaction({ authorizationList: [authorization], to: address, data })
    const receipt = await clients.receipt(hash)
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.type, 'eip7702')
    assert.equal(receipt.logs.length, 2)
    assert.equal(
      await clients.client.getCode({ address }),
      `0xef0100${implementation.slice(2).toLowerCase()}`,
    )
    assert.equal(await clients.client.getBalance({ address: unfundedAccount(40).address }), 5n)
    // One for the transaction, one for the authorization.
    assert.equal(await clients.client.getTransactionCount({ address }), 2)
    const zero = '0x0000000000000000000000000000000000000000'
    const clearing = await wallet.signAuthorization({ contractAddress: zero, executor: 'self' })
    await clients.receipt(await wallet.sendTransaction({ authorizationList: [clearing], to: bob }))
    assert.equal(await clients.client.getCode({ address }), undefined)
  })

  it('lets somebody else pay for an account that owns nothing', async () => {
    const implementation = await clients.deploy(delegate, [])
    const owner = unfundedAccount(41)
    const authorization = await clients.wallet(owner.privateKey).signAuthorization({
      contractAddress: implementation,
    })
    const data = encodeFunctionData({
      ...delegate,
      functionName: 'execute',
      args: [[{ to: bob, value: 3n, data: '0x' }]],
    })
    const hash = await clients.wallet(5).sendTransaction({
      authorizationList: [authorization],
      to: owner.address,
      data,
      value: 3n,
    })
    const receipt = await clients.receipt(hash)
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.logs[0]?.address.toLowerCase(), owner.address.toLowerCase())
    assert.equal(await clients.client.getTransactionCount({ address: owner.address }), 1)
    const found = await clients.client.getTransaction({ hash })
    assert.equal(found.authorizationList?.[0]?.address.toLowerCase(), implementation.toLowerCase())
  })

  it('skips an authorization that is not valid and still executes', async () => {
    const wallet = clients.wallet(5)
    const owner = unfundedAccount(42)
    const wrong = await clients
      .wallet(owner.privateKey)
      .signAuthorization({ contractAddress: gold, nonce: 9 })
    const receipt = await clients.receipt(
      await wallet.sendTransaction({ authorizationList: [wrong], to: bob, value: 1n }),
    )
    assert.equal(receipt.status, 'success')
    assert.equal(await clients.client.getCode({ address: owner.address }), undefined)
  })
})

describe('synchronous sending', () => {
  it('eth_sendRawTransactionSync answers with the receipt', async () => {
    const receipt = await rpc.call('eth_sendRawTransactionSync', [await raw(6, { value: 1n })])
    assert.equal(receipt.status, '0x1')
    assert.deepEqual(
      await rpc.call('eth_getTransactionByHash', [receipt.transactionHash]).then((tx) => tx.value),
      '0x1',
    )
    const serializedTransaction = await raw(6, { value: 2n })
    const typed = await clients.client.sendRawTransactionSync({ serializedTransaction })
    assert.equal(typed.transactionHash, hex(transactionHash(bytes(serializedTransaction))))
    assert.equal(await clients.client.getTransactionCount({ address: accounts[6]!.address }), 2)
  })

  it('realtime_sendRawTransaction does the same', leveretOnly('anvil has no realtime_ methods'), async () => {
    const receipt = await rpc.call('realtime_sendRawTransaction', [await raw(6, { value: 3n })])
    assert.equal(receipt.status, '0x1')
    assert.deepEqual(await receiptOf(receipt.transactionHash).then((r) => r.gasUsed), receipt.gasUsed)
  })

  it('says that nonces are missing', leveretOnly('anvil waits for its timeout'), async () => {
    const nonce = BigInt(await rpc.call('eth_getTransactionCount', [accounts[6]!.address, 'latest'])) + 7n
    await assert.rejects(rpc.call('eth_sendRawTransactionSync', [await raw(6, { nonce }), 200]), /nonce/)
  })

  it('shows the effect at latest before it answers, over one WebSocket', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const { address } = unfundedAccount(43)
    for (let round = 1n; round <= 20n; round++) {
      await socket.call('eth_sendRawTransactionSync', [await raw(6, { to: bytes(address), value: 1n })])
      assert.equal(BigInt(await socket.call('eth_getBalance', [address, 'latest'])), round)
    }
    socket.close()
  })
})

describe('the pool', () => {
  const who = 7
  const { address } = accounts[who]!

  it('keeps transactions behind a nonce gap and runs them in order when it is filled', async () => {
    const hashes: Hex[] = []
    for (const nonce of [2n, 1n])
      hashes.push(await rpc.call('eth_sendRawTransaction', [await raw(who, { nonce, value: nonce })]))
    await delay(50)
    for (const hash of hashes) {
      assert.equal(await rpc.call('eth_getTransactionReceipt', [hash]), null)
      const waiting = await rpc.call('eth_getTransactionByHash', [hash])
      assert.deepEqual(
        [waiting.blockNumber, waiting.blockHash, waiting.from],
        [null, null, address.toLowerCase()],
      )
    }
    assert.equal(await rpc.call('eth_getTransactionCount', [address, 'latest']), '0x0')
    hashes.push(await rpc.call('eth_sendRawTransaction', [await raw(who, { nonce: 0n })]))
    const receipts = await Promise.all(hashes.map(receiptOf))
    assert.deepEqual(
      receipts.map((receipt) => receipt.status),
      ['0x1', '0x1', '0x1'],
    )
    const position = (receipt: Json) =>
      BigInt(receipt.blockNumber) * 10_000n + BigInt(receipt.transactionIndex)
    const [second, first, zeroth] = receipts.map(position) as [bigint, bigint, bigint]
    assert.ok(zeroth < first && first < second)
    assert.equal(await rpc.call('eth_getTransactionCount', [address, 'latest']), '0x3')
  })

  it('replaces a waiting transaction for 10 % more, and only the new one runs', async () => {
    const fees = { nonce: 4n, maxPriorityFeePerGas: 10n ** 9n }
    const old = await rpc.call('eth_sendRawTransaction', [await raw(who, { ...fees, value: 1n })])
    const better = {
      nonce: 4n,
      maxFeePerGas: 11n * 10n ** 9n,
      maxPriorityFeePerGas: 11n * 10n ** 8n,
      value: 2n,
    }
    const replacement = await rpc.call('eth_sendRawTransaction', [await raw(who, better)])
    // anvil still answers the replaced one.
    if (TARGET === 'leveret') assert.equal(await rpc.call('eth_getTransactionByHash', [old]), null)
    await rpc.call('eth_sendRawTransaction', [await raw(who, { nonce: 3n })])
    assert.equal((await receiptOf(replacement)).status, '0x1')
    assert.equal(await rpc.call('eth_getTransactionReceipt', [old]), null)
  })

  it('announces hashes to newPendingTransactions', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const seen: Hex[] = []
    await socket.subscribe('newPendingTransactions', (hash) => seen.push(hash))
    const hash = await rpc.call('eth_sendRawTransaction', [await raw(who, {})])
    await eventually('the announcement', async () => seen.find((each) => each === hash))
    socket.close()
  })
})

describe('eth_call and eth_estimateGas', () => {
  const erc20 = (functionName: string, args: unknown[]): Hex =>
    encodeFunctionData({ abi: token.abi, functionName, args })

  it('calls on a state that the caller describes', async () => {
    const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [bob, 0n]))
    const call = { to: gold, data: erc20('balanceOf', [bob]) }
    const stateDiff = { [slot]: numberToHex(77, { size: 32 }) }
    assert.equal(BigInt(await rpc.call('eth_call', [call, 'latest', { [gold]: { stateDiff } }])), 77n)
    assert.equal(BigInt(await rpc.call('eth_call', [call, 'latest', { [gold]: { state: {} } }])), 0n)
    // PUSH1 42 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    const code = '0x602a5f5260205ff3'
    assert.equal(BigInt(await rpc.call('eth_call', [{ to: alice }, 'latest', { [alice]: { code } }])), 42n)
    // ADDRESS BALANCE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    const balanceCode = { code: '0x30315f5260205ff3', balance: '0x1234' }
    assert.equal(
      BigInt(await rpc.call('eth_call', [{ to: gold }, 'latest', { [gold]: balanceCode }])),
      0x1234n,
    )
    assert.equal(BigInt(await rpc.call('eth_call', [call, 'latest'])), 0n)
  })

  it('calls in a block that the caller describes', async () => {
    // NUMBER PUSH0 MSTORE TIMESTAMP PUSH1 32 MSTORE PUSH1 64 PUSH0 RETURN
    const code = '0x435f524260205260405ff3'
    const override = { [bob]: { code } }
    const output: Hex = await rpc.call('eth_call', [
      { to: bob },
      'latest',
      override,
      { number: '0x123456', time: '0xffffffff' },
    ])
    assert.equal(
      output,
      encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [0x123456n, 0xffffffffn]),
    )
  })

  it('runs creation code and returns what would be deployed', async () => {
    const output = await rpc.call('eth_call', [{ from: alice, data: reverter.bytecode }, 'latest'])
    assert.equal(output, await clients.client.getCode({ address: counter }))
  })

  it('estimates so that the transaction succeeds, with little to spare', async () => {
    const data = encodeFunctionData({ ...reverter, functionName: 'burnGas', args: [20n] })
    const gas = await clients.client.estimateGas({ account: accounts[8]!.address, to: counter, data })
    const receipt = await clients.receipt(await clients.wallet(8).sendTransaction({ to: counter, data, gas }))
    assert.equal(receipt.status, 'success')
    assert.ok(gas >= receipt.gasUsed && gas <= (receipt.gasUsed * 11n) / 10n, `${gas} for ${receipt.gasUsed}`)
    assert.equal(await clients.client.estimateGas({ account: alice, to: bob, value: 1n }), 21_000n)
  })

  it('sees the newest state, not the newest sealed block', async () => {
    const data = encodeFunctionData({ ...reverter, functionName: 'increment' })
    const countOf = () =>
      clients.client.readContract({ address: counter, abi: reverter.abi, functionName: 'count' })
    const before = (await countOf()) as bigint
    await rpc.call('eth_sendRawTransactionSync', [
      await raw(8, { to: bytes(counter), data: bytes(data), gasLimit: 100_000n }),
    ])
    assert.equal(await countOf(), before + 1n)
    const expected = encodeFunctionResult({
      abi: reverter.abi,
      functionName: 'increment',
      result: before + 2n,
    })
    assert.equal(await rpc.call('eth_call', [{ to: counter, data }, 'pending']), expected)
  })
})

describe('CREATE2', () => {
  it('makes the same address as viem computes', async () => {
    // Creation code that CREATE2s an empty contract with salt 5 and stores the address: PUSH1 5 PUSH0 PUSH0 PUSH0 CREATE2 PUSH0 SSTORE STOP
    const nonce = BigInt(await rpc.call('eth_getTransactionCount', [accounts[3]!.address, 'latest']))
    const data = bytes('0x60055f5f5ff55f5500')
    const create: UnsignedTransaction = {
      type: 2,
      chainId: 31337n,
      nonce,
      gasLimit: 200_000n,
      maxFeePerGas: 10n ** 10n,
      data,
    }
    const receipt = await rpc.call('eth_sendRawTransactionSync', [
      hex(signTransaction(create, accounts[3]!.key)),
    ])
    const stored: Hex = await rpc.call('eth_getStorageAt', [receipt.contractAddress, '0x0', 'latest'])
    const salt = numberToHex(5, { size: 32 })
    const expected = getContractAddress({
      opcode: 'CREATE2',
      from: receipt.contractAddress,
      salt,
      bytecode: '0x',
    })
    assert.equal(BigInt(stored), BigInt(expected))
  })
})

describe('the miniBlocks subscription', leveretOnly('Leveret’s own'), () => {
  it('tells every transaction once, in consecutive mini-blocks', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const miniBlocks: Json[] = []
    await socket.subscribe('miniBlocks', (miniBlock) => miniBlocks.push(miniBlock))
    const hashes: Hex[] = []
    for (let round = 0; round < 10; round++) {
      const receipt = await socket.call('eth_sendRawTransactionSync', [await raw(9, { value: 1n })])
      hashes.push(receipt.transactionHash)
      await delay(15)
    }
    const last = hashes.at(-1)!
    await eventually('the last transaction', async () =>
      JSON.stringify(miniBlocks).includes(last) ? true : undefined,
    )
    const text = JSON.stringify(miniBlocks)
    for (const hash of hashes) assert.ok(text.includes(hash), hash)
    const numbers = miniBlocks.map((miniBlock) => BigInt(miniBlock.mini_block_number))
    for (const [index, number] of numbers.entries()) assert.equal(number, numbers[0]! + BigInt(index))
    socket.close()
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createBlockFromRPC, genTransactionsTrieRoot } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createMPT, verifyMerkleProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex as toHexString } from '@ethereumjs/util'
import {
  type Address,
  concat,
  encodeAbiParameters,
  fromRlp,
  type Hex,
  hexToBytes,
  keccak256,
  numberToHex,
  parseEther,
  toRlp,
} from 'viem'
import {
  accounts,
  type Chain,
  Clients,
  compile,
  delay,
  eventually,
  HttpRpc,
  type Json,
  sealedBlock,
  startChain,
  TARGET,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const token = compile('Token')
const common = new Common({ chain: { ...Mainnet, chainId: 31337 }, hardfork: Hardfork.Osaka })

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let gold: Address
/** Numbers of blocks with transactions, all sealed. */
const numbers = new Set<bigint>()

before(async () => {
  chain = await startChain({ blockMs: 200 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  gold = await clients.deploy(token, ['Gold', 'AU'])
  for (let round = 0n; round < 3n; round++) {
    const call = {
      address: gold,
      abi: token.abi,
      functionName: 'mint',
      args: [bob, parseEther('3') + round],
    } as const
    const hashes = [await clients.wallet(0).writeContract(call)]
    hashes.push(await clients.wallet(1).sendTransaction({ to: alice, value: round, type: 'legacy' }))
    hashes.push(await clients.wallet(2).sendTransaction({ to: gold, gas: 50_000n, data: '0xdeadbeef' }))
    for (const hash of hashes) numbers.add((await clients.receipt(hash)).blockNumber)
    await delay(250)
  }
  for (const number of numbers) await sealedBlock(rpc, number)
})
after(async () => {
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

/** keccak-256 of the RLP of the 21 header fields that Osaka has, in the order of the Yellow Paper and its EIPs. */
function headerHash(block: Json): Hex {
  const number = (value: Hex): Hex => (BigInt(value) === 0n ? '0x' : numberToHex(BigInt(value)))
  const fields: Hex[] = [
    block.parentHash,
    block.sha3Uncles,
    block.miner,
    block.stateRoot,
    block.transactionsRoot,
  ]
  fields.push(block.receiptsRoot, block.logsBloom, number(block.difficulty), number(block.number))
  fields.push(number(block.gasLimit), number(block.gasUsed), number(block.timestamp), block.extraData)
  fields.push(block.mixHash, block.nonce, number(block.baseFeePerGas), block.withdrawalsRoot)
  fields.push(
    number(block.blobGasUsed),
    number(block.excessBlobGas),
    block.parentBeaconBlockRoot,
    block.requestsHash,
  )
  return keccak256(toRlp(fields))
}

/** EIP-2718 consensus encoding of a JSON receipt. */
function encodeReceipt(receipt: Json): Uint8Array {
  const logs = receipt.logs.map((log: Json) => [
    hexToBytes(log.address),
    log.topics.map((topic: Hex) => hexToBytes(topic)),
    hexToBytes(log.data),
  ])
  const body = [
    BigInt(receipt.status),
    BigInt(receipt.cumulativeGasUsed),
    hexToBytes(receipt.logsBloom),
    logs,
  ]
  const type = Number(receipt.type)
  return type === 0 ? RLP.encode(body) : new Uint8Array([type, ...RLP.encode(body)])
}

async function trieRoot(values: Uint8Array[]): Promise<string> {
  const trie = await createMPT()
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
  return toHexString(trie.root())
}

describe('the sealed header', () => {
  it('has the hash that its fields give, by viem’s RLP', async () => {
    for (const number of [0n, ...numbers]) {
      const block = await sealedBlock(rpc, number)
      assert.equal(block.hash, headerHash(block), `block ${number}`)
    }
  })

  it('has the hash and transactions root that @ethereumjs/block computes', async () => {
    for (const number of numbers) {
      const json = await sealedBlock(rpc, number, true)
      const block = createBlockFromRPC(json, [], { common, setHardfork: false })
      assert.equal(toHexString(block.hash()), json.hash, `block ${number}`)
      assert.equal(toHexString(await genTransactionsTrieRoot(block.transactions)), json.transactionsRoot)
    }
  })

  it('has the receipts root, bloom and gas of its receipts', async () => {
    for (const number of numbers) {
      const block = await sealedBlock(rpc, number)
      const receipts: Json[] = await rpc.call('eth_getBlockReceipts', [numberToHex(number)])
      assert.equal(await trieRoot(receipts.map(encodeReceipt)), block.receiptsRoot, `block ${number}`)
      const bloom = receipts.reduce((bits: bigint, receipt) => bits | BigInt(receipt.logsBloom), 0n)
      assert.equal(BigInt(block.logsBloom), bloom)
      assert.equal(block.gasUsed, receipts.at(-1).cumulativeGasUsed)
      assert.deepEqual(
        receipts.map((receipt) => receipt.transactionHash),
        block.transactions,
      )
    }
  })

  it('follows its parent in hash, number, time and base fee', async () => {
    const first = [...numbers][0]!
    for (let number = first; number <= [...numbers].at(-1)!; number++) {
      const [parent, block] = [await sealedBlock(rpc, number - 1n), await sealedBlock(rpc, number)]
      assert.equal(block.parentHash, parent.hash)
      assert.ok(BigInt(block.timestamp) >= BigInt(parent.timestamp))
      assert.equal(BigInt(block.baseFeePerGas), nextBaseFee(parent), `block ${number}`)
    }
  })

  it('is the same by hash, by number and over a newHeads subscription', async () => {
    const socket = await WsRpc.open(chain.wsUrl)
    const heads: Json[] = []
    await socket.subscribe('newHeads', (head) => heads.push(head))
    const hash = await clients.wallet(0).sendTransaction({ to: bob, value: 1n })
    const { blockNumber } = await clients.receipt(hash)
    const head = await eventually('the new head', async () =>
      heads.find((h) => BigInt(h.number) === blockNumber),
    )
    const byNumber = await sealedBlock(rpc, blockNumber)
    assert.deepEqual(await rpc.call('eth_getBlockByHash', [byNumber.hash, false]), byNumber)
    for (const key of [
      'hash',
      'parentHash',
      'stateRoot',
      'receiptsRoot',
      'gasUsed',
      'timestamp',
      'logsBloom',
    ]) {
      assert.equal(head[key], byNumber[key], key)
    }
    socket.close()
  })
})

/** EIP-1559. */
function nextBaseFee(parent: Json): bigint {
  const [fee, used, target] = [
    BigInt(parent.baseFeePerGas),
    BigInt(parent.gasUsed),
    BigInt(parent.gasLimit) / 2n,
  ]
  if (used === target) return fee
  if (used < target) return fee - (fee * (target - used)) / target / 8n
  const delta = (fee * (used - target)) / target / 8n
  return fee + (delta > 1n ? delta : 1n)
}

describe('what is asked of a block and of a transaction', () => {
  it('agrees with itself', async () => {
    for (const number of numbers) {
      const block = await sealedBlock(rpc, number, true)
      const id = numberToHex(number)
      const count = numberToHex(block.transactions.length)
      assert.equal(await rpc.call('eth_getBlockTransactionCountByNumber', [id]), count)
      assert.equal(await rpc.call('eth_getBlockTransactionCountByHash', [block.hash]), count)
      const receipts: Json[] = await rpc.call('eth_getBlockReceipts', [block.hash])
      for (const [index, transaction] of block.transactions.entries()) {
        assert.deepEqual(await rpc.call('eth_getTransactionByHash', [transaction.hash]), transaction)
        assert.deepEqual(await rpc.call('eth_getTransactionReceipt', [transaction.hash]), receipts[index])
        assert.equal(transaction.transactionIndex, numberToHex(index))
        assert.equal(transaction.blockHash, block.hash)
        assert.equal(receipts[index].blockHash, block.hash)
      }
    }
  })

  it('says null for what does not exist', async () => {
    const nothing = `0x${'12'.repeat(32)}`
    for (const [method, params] of [
      ['eth_getBlockByNumber', ['0xffffff', false]],
      ['eth_getBlockByHash', [nothing, false]],
      ['eth_getTransactionByHash', [nothing]],
      ['eth_getTransactionReceipt', [nothing]],
      ['eth_getBlockTransactionCountByHash', [nothing]],
    ] as const) {
      assert.equal(await rpc.call(method, [...params]), null, method)
    }
  })

  it('gives fee histories that match the headers', async () => {
    // anvil gives the head's next base fee whatever block is asked for.
    const newest = TARGET === 'anvil' ? await clients.client.getBlockNumber() : [...numbers].at(-1)!
    const history = await clients.client.getFeeHistory({
      blockCount: 3,
      blockNumber: newest,
      rewardPercentiles: [10, 90],
    })
    assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1)
    const oldest = history.oldestBlock
    for (const [index, ratio] of history.gasUsedRatio.entries()) {
      const block = await sealedBlock(rpc, oldest + BigInt(index))
      assert.equal(history.baseFeePerGas[index], BigInt(block.baseFeePerGas))
      assert.ok(Math.abs(ratio - Number(block.gasUsed) / Number(block.gasLimit)) < 1e-9)
    }
    assert.equal(history.baseFeePerGas.at(-1), nextBaseFee(await sealedBlock(rpc, newest)))
    assert.equal(history.reward?.length, history.gasUsedRatio.length)
  })
})

describe('eth_getProof', () => {
  /** The value that a proof gives for a key under a root; null when it proves that there is none. */
  async function proven(root: Hex, key: Hex, proof: Hex[]): Promise<Hex | null> {
    assert.equal(keccak256(proof[0]!), root, 'the first node is not the root')
    const nodes = proof.map((node) => hexToBytes(node))
    const value = await verifyMerkleProof(hexToBytes(keccak256(key)), nodes)
    return value === null ? null : (toHexString(value) as Hex)
  }

  async function proofAtHead(address: Address, keys: Hex[]): Promise<{ block: Json; proof: Json }> {
    const number = await clients.client.getBlockNumber()
    const [proof, block] = [
      await rpc.call('eth_getProof', [address, keys, numberToHex(number)]),
      await sealedBlock(rpc, number),
    ]
    return { block, proof }
  }

  it('proves a contract account and its storage against the header’s state root', async () => {
    // OpenZeppelin's ERC20 keeps balances in slot 0 and the total supply in slot 2.
    const balanceSlot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [bob, 0n]))
    const empty = keccak256('0x1234')
    const keys: Hex[] = [balanceSlot, numberToHex(2, { size: 32 }), empty]
    const { block, proof } = await proofAtHead(gold, keys)
    const [nonce, balance, storageHash, codeHash] = fromRlp(
      (await proven(block.stateRoot, gold, proof.accountProof))!,
    ) as Hex[]
    assert.deepEqual([nonce, balance], ['0x01', '0x'])
    assert.deepEqual([storageHash, codeHash], [proof.storageHash, proof.codeHash])
    const code = await clients.client.getCode({ address: gold })
    assert.equal(codeHash, keccak256(code!))
    const supply = parseEther('9') + 3n
    for (const [index, expected] of [supply, supply, 0n].entries()) {
      const entry = proof.storageProof[index]
      assert.equal(BigInt(entry.value), expected)
      const value = await proven(storageHash!, keys[index]!, entry.proof)
      if (expected === 0n) assert.equal(value, null)
      else assert.equal(BigInt(fromRlp(value!) as Hex), expected)
    }
  })

  it('proves balance and nonce of an account that signs', async () => {
    const { block, proof } = await proofAtHead(bob, [])
    const [nonce, balance] = fromRlp((await proven(block.stateRoot, bob, proof.accountProof))!) as [Hex, Hex]
    assert.equal(BigInt(nonce), 3n)
    assert.equal(BigInt(balance), await clients.client.getBalance({ address: bob }))
    assert.equal(BigInt(proof.balance), BigInt(balance))
  })

  it('proves that an account does not exist', async () => {
    const { address } = unfundedAccount(99)
    const { block, proof } = await proofAtHead(address, [])
    assert.equal(await proven(block.stateRoot, address, proof.accountProof), null)
    assert.deepEqual([BigInt(proof.balance), BigInt(proof.nonce)], [0n, 0n])
  })

  it('fails to verify when one byte of a node is changed', async () => {
    const { block, proof } = await proofAtHead(bob, [])
    const last = proof.accountProof.at(-1)
    const broken = [
      ...proof.accountProof.slice(0, -1),
      concat([last.slice(0, -2) as Hex, last.endsWith('00') ? '0x01' : '0x00']),
    ]
    await assert.rejects(proven(block.stateRoot, bob, broken))
  })
})

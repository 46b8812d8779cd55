import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { mnemonicToAccount } from 'viem/accounts'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../lib/index.ts'
import { forkAt, stageAt } from './chainConfig.ts'
import { developerAccounts } from './developerAccounts.ts'
import { genesisHeader, parseGenesis } from './genesis.ts'
import { decodeHeader, encodeHeader } from './Header.ts'
import { DEVELOPER_ACCOUNTS, DEVELOPER_MNEMONIC, localGenesis } from './localGenesis.ts'
import { type GenesisFileResult, readGenesisFile } from './readGenesisFile.ts'
import { rlpEncode } from './rlp.ts'
import { decodeStateDiff, type StateDiff } from './StateDiff.ts'
import { recoverSender } from './sender.ts'
import { joinStateDiff } from './stateDiffSections.ts'
import {
  BEACON_ROOTS_CONTRACT,
  CONSOLIDATION_REQUESTS_CONTRACT,
  HISTORY_CONTRACT,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from './systemContracts.ts'

const FILE = {
  config: {
    chainId: 1234,
    londonBlock: 0,
    shanghaiTime: 0,
    cancunTime: 0,
    pragueTime: 100,
    osakaTime: 200,
    bpo1Time: 300,
    blobSchedule: { bpo1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193 } },
  },
  gasLimit: '0x1c9c380',
  timestamp: '0x5',
  baseFeePerGas: '1000',
  alloc: {
    '0x00000000000000000000000000000000000000aa': {
      balance: '0xde0b6b3a7640000',
      nonce: 3,
      code: '0x6000',
      storage: { '0x1': '0x02', [`0x${'00'.repeat(31)}05`]: '0x00' },
    },
    bb00000000000000000000000000000000000000: { balance: '77' },
  },
}

const ACCOUNT = '0x00000000000000000000000000000000000000aa'
/** Files with one mistake, and its path. */
const WRONG: [unknown, string][] = [
  [[], ''],
  [{}, 'config'],
  [{ config: FILE.config }, 'gasLimit'],
  [{ ...FILE, config: {} }, 'config.chainId'],
  [{ ...FILE, gasLimit: '30 million' }, 'gasLimit'],
  [{ ...FILE, mixHash: '0x00' }, 'mixHash'],
  [{ ...FILE, alloc: { [ACCOUNT]: { balance: '-1' } } }, `alloc.${ACCOUNT}.balance`],
  [{ ...FILE, alloc: { [ACCOUNT]: { balance: '0x1', code: '0x1' } } }, `alloc.${ACCOUNT}.code`],
  [{ ...FILE, alloc: { [ACCOUNT]: { storage: { zz: '0x1' } } } }, `alloc.${ACCOUNT}.storage.zz`],
  [{ ...FILE, alloc: { '0x00': {} } }, 'alloc.0x00'],
  [{ ...FILE, alloc: { [ACCOUNT]: {}, [ACCOUNT.slice(2)]: {} } }, `alloc.${ACCOUNT.slice(2)}`],
  [{ ...FILE, config: { ...FILE.config, pragueTime: 201 } }, 'config.osakaTime'],
  [{ ...FILE, config: { chainId: 1, pragueTime: 0 } }, 'config.cancunTime'],
  [{ ...FILE, config: { chainId: 1 } }, 'config.cancunTime'],
  [
    {
      ...FILE,
      config: { ...FILE.config, blobSchedule: { bpo1: { target: 3, max: 2, baseFeeUpdateFraction: 1 } } },
    },
    'config.blobSchedule.bpo1.max',
  ],
]

describe('parseGenesis', () => {
  it('reads a geth-style file', () => {
    const result = parseGenesis(FILE)
    assert.ok(result.ok, result.ok ? '' : result.message)
    const { config, block, accounts } = result.genesis
    assert.equal(config.chainId, 1234n)
    assert.deepEqual(
      [0n, 99n, 100n, 250n, 300n].map(
        (time) => `${forkAt(config, time)} ${stageAt(config, time)!.blobSchedule.max}`,
      ),
      ['Cancun 6', 'Cancun 6', 'Prague 9', 'Osaka 9', 'Osaka 15'],
    )
    assert.equal(block.baseFeePerGas, 1000n)
    assert.equal(block.gasLimit, 30_000_000n)
    const [first, second] = accounts
    assert.deepEqual([first!.nonce, first!.balance, bytesToHex(first!.code)], [3n, 10n ** 18n, '0x6000'])
    assert.deepEqual(
      first!.storage.map(({ key, value }) => [key[31], value[31]]),
      [[1, 2]],
    )
    assert.equal(second!.balance, 77n)
  })

  it('names the path of the wrong member', () => {
    for (const [json, path] of WRONG) {
      const result = parseGenesis(json)
      assert.equal(result.ok ? 'accepted' : result.path, path)
    }
  })

  it('gives a chain that starts before London a header without a base fee', () => {
    const early = { ...FILE, config: { chainId: 1, londonBlock: 9, shanghaiTime: 50, cancunTime: 60 } }
    const result = parseGenesis(early, { allowEarlierForks: true })
    assert.ok(result.ok)
    const header = genesisHeader(result.genesis, new Uint8Array(32))
    assert.deepEqual(
      [header.baseFeePerGas, header.withdrawalsRoot, header.blobGasUsed],
      [undefined, undefined, undefined],
    )
  })
})

describe('readGenesisFile', () => {
  it('gives what parseGenesis gives, the accounts one by one, whatever the chunks', () => {
    const parsed = parseGenesis(FILE)
    assert.ok(parsed.ok)
    const { accounts, ...rest } = parsed.genesis
    const bytes = Buffer.from(JSON.stringify(FILE))
    for (const size of [1, 7, 100, bytes.length]) {
      const { result, diff } = readFile(bytes, size)
      assert.ok(result.ok)
      assert.deepEqual(result.genesis, { ...rest, accounts: [] })
      const { alloc: _, ...withoutAlloc } = FILE
      assert.deepEqual(result.json, withoutAlloc)
      assert.deepEqual(
        diff.accounts.map(({ address, nonce, balance, codeHash }) => ({ address, nonce, balance, codeHash })),
        accounts.map(({ address, nonce, balance, code }) => ({
          address,
          nonce,
          balance,
          codeHash: keccak256(code),
        })),
      )
      assert.deepEqual(
        diff.slots.map(({ key, value }) => ({ key, value })),
        accounts.flatMap(({ storage }) => storage),
      )
      assert.deepEqual(
        diff.codes.map(({ code }) => bytesToHex(code)),
        ['0x6000'],
      )
    }
  })

  it('names the path of the wrong member', () => {
    for (const [json, path] of WRONG) {
      const { result } = readFile(Buffer.from(JSON.stringify(json)), 50)
      assert.equal(result.ok ? 'accepted' : result.path, path, JSON.stringify(json))
    }
  })

  it('accepts all forms of integers, and refuses too large ones', () => {
    const balances: [json: unknown, expected: bigint | undefined][] = [
      ['0x0', 0n],
      ['0xAb', 171n],
      ['12', 12n],
      [12, 12n],
      [null, 0n],
      [`0x${'f'.repeat(64)}`, 2n ** 256n - 1n],
      [`0x1${'0'.repeat(64)}`, undefined],
      ['0x', undefined],
      ['0xg', undefined],
      [-1, undefined],
      ['', undefined],
    ]
    for (const [balance, expected] of balances) {
      const file = { ...FILE, alloc: { [ACCOUNT]: { balance } } }
      const { result, diff } = readFile(Buffer.from(JSON.stringify(file)), 64)
      assert.equal(result.ok ? diff.accounts[0]!.balance : undefined, expected, String(balance))
      assert.equal(parseGenesis(file).ok, expected !== undefined)
    }
  })

  it('takes a state hash where the accounts are kept elsewhere', () => {
    const stateHash = `0x${'5a'.repeat(32)}`
    const { result } = readFile(Buffer.from(JSON.stringify({ ...FILE, alloc: undefined, stateHash })), 64)
    assert.ok(result.ok)
    assert.equal(bytesToHex(result.genesis.stateHash!), stateHash)
  })

  function readFile(bytes: Uint8Array, chunkBytes: number): { result: GenesisFileResult; diff: StateDiff } {
    const accounts = new Map<string, Uint8Array>()
    const slots: Uint8Array[] = []
    const codes: { hash: Uint8Array; code: Uint8Array }[] = []
    const result = readGenesisFile(cut(bytes, chunkBytes), {
      account(entry) {
        const address = bytesToHex(entry.subarray(0, 20))
        if (accounts.has(address)) return false
        accounts.set(address, entry.slice())
        return true
      },
      slot: (entry) => slots.push(entry.slice()),
      code: (hash, code) => codes.push({ hash, code }),
    })
    const decoded = decodeStateDiff(
      joinStateDiff({ accounts: concatBytes(...accounts.values()), slots: concatBytes(...slots), codes }),
    )
    assert.ok(decoded.ok)
    return { result, diff: decoded.diff }
  }

  function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array, void> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
})

describe('localGenesis', () => {
  it('has the accounts of the mnemonic, with their keys', () => {
    for (const [addressIndex, { address, privateKey }] of DEVELOPER_ACCOUNTS.entries()) {
      const account = mnemonicToAccount(DEVELOPER_MNEMONIC, { addressIndex })
      assert.equal(address, account.address)
      assert.equal(privateKey, bytesToHex(account.getHdKey().privateKey!))
    }
    assert.equal(localGenesis().accounts[0]!.balance, 10_000n * 10n ** 18n)
  })

  it('derives further accounts, and those of another mnemonic', () => {
    const accountsOf = (mnemonic: string, count: number) =>
      Array.from({ length: count }, (_, addressIndex) => {
        const account = mnemonicToAccount(mnemonic, { addressIndex })
        return { address: account.address, privateKey: bytesToHex(account.getHdKey().privateKey!) }
      })
    assert.deepEqual(developerAccounts({ count: 12 }), accountsOf(DEVELOPER_MNEMONIC, 12))
    const other = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
    assert.deepEqual(developerAccounts({ mnemonic: other, count: 3 }), accountsOf(other, 3))
    assert.equal(developerAccounts().length, 10)
  })

  it('has a complete header of its fork', () => {
    const header = genesisHeader(localGenesis(), new Uint8Array(32))
    const empty = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    assert.equal(bytesToHex(header.requestsHash!), empty)
    assert.deepEqual(decodeHeader(encodeHeader(header)), { ok: true, header })
    assert.equal(genesisHeader(localGenesis({ fork: 'Cancun' }), new Uint8Array(32)).requestsHash, undefined)
  })
})

describe('system contracts', () => {
  const word = 'ff'.repeat(32)
  for (const [eip, contract, initcode, s] of [
    [4788, BEACON_ROOTS_CONTRACT, '0x60618060095f395ff3', 0x1b9b6eb1f0n],
    [2935, HISTORY_CONTRACT, '0x60538060095f395ff3', 0xaa12693182426612186309f02cfe8a80a0000n],
    [
      7002,
      WITHDRAWAL_REQUESTS_CONTRACT,
      `0x7f${word}5f556101f880602d5f395ff3`,
      0x5feeb084551e4e03a3581e269bc2ea2f8d0008n,
    ],
    [
      7251,
      CONSOLIDATION_REQUESTS_CONTRACT,
      `0x7f${word}5f5561019e80602d5f395ff3`,
      0xc0730f92dc275b663d377a7cbb141b6600052n,
    ],
  ] as const) {
    it(`has the code that the deployment transaction of EIP-${eip} puts at its address`, () => {
      const sender = recoverSender({
        type: 0,
        chainId: undefined,
        nonce: 0n,
        gasPrice: 0xe8d4a51000n,
        gasLimit: 0x3d090n,
        to: undefined,
        value: 0n,
        data: concatBytes(hexToBytes(initcode), contract.code),
        yParity: 0,
        r: 0x539n,
        s,
      })
      const created = keccak256(rlpEncode([sender!, new Uint8Array(0)])).subarray(12)
      assert.equal(bytesToHex(created), bytesToHex(contract.address))
    })
  }
})

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { mnemonicToAccount } from 'viem/accounts'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../lib/index.ts'
import { forkAt, stageAt } from './chainConfig.ts'
import { genesisHeader, parseGenesis } from './genesis.ts'
import { decodeHeader, encodeHeader } from './Header.ts'
import { DEVELOPER_ACCOUNTS, DEVELOPER_MNEMONIC, localGenesis } from './localGenesis.ts'
import { rlpEncode } from './rlp.ts'
import { recoverSender } from './sender.ts'
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
    const account = '0x00000000000000000000000000000000000000aa'
    const wrong: [unknown, string][] = [
      [[], ''],
      [{}, 'config'],
      [{ config: FILE.config }, 'gasLimit'],
      [{ ...FILE, config: {} }, 'config.chainId'],
      [{ ...FILE, gasLimit: '30 million' }, 'gasLimit'],
      [{ ...FILE, mixHash: '0x00' }, 'mixHash'],
      [{ ...FILE, alloc: { [account]: { balance: '-1' } } }, `alloc.${account}.balance`],
      [{ ...FILE, alloc: { [account]: { balance: '0x1', code: '0x1' } } }, `alloc.${account}.code`],
      [{ ...FILE, alloc: { [account]: { storage: { zz: '0x1' } } } }, `alloc.${account}.storage.zz`],
      [{ ...FILE, alloc: { '0x00': {} } }, 'alloc.0x00'],
      [{ ...FILE, alloc: { [account]: {}, [account.slice(2)]: {} } }, `alloc.${account.slice(2)}`],
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
    for (const [json, path] of wrong) {
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

describe('localGenesis', () => {
  it('has the accounts of the mnemonic, with their keys', () => {
    for (const [addressIndex, { address, privateKey }] of DEVELOPER_ACCOUNTS.entries()) {
      const account = mnemonicToAccount(DEVELOPER_MNEMONIC, { addressIndex })
      assert.equal(address, account.address)
      assert.equal(privateKey, bytesToHex(account.getHdKey().privateKey!))
    }
    assert.equal(localGenesis().accounts[0]!.balance, 10_000n * 10n ** 18n)
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

import { EMPTY_BYTES, hexToBytes } from '../lib/index.ts'
import { singleForkConfig } from './chainConfig.ts'
import { DEFAULT_FORK, type Fork } from './forks.ts'
import { type Genesis, type GenesisAccount, INITIAL_BASE_FEE } from './genesis.ts'
import { MAINNET_DEPOSIT_CONTRACT } from './requests.ts'
import {
  BEACON_ROOTS_CONTRACT,
  CONSOLIDATION_REQUESTS_CONTRACT,
  DEPLOYMENT_PROXY,
  HISTORY_CONTRACT,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from './systemContracts.ts'

/** Chain id of a local chain, as Hardhat and anvil have it. */
export const LOCAL_CHAIN_ID = 31337n

/** Gas limit of a local chain's blocks. */
export const LOCAL_GAS_LIMIT = 10_000_000_000n

/** What each developer account of a local chain starts with: 10,000 ether. */
export const DEVELOPER_BALANCE_WEI: bigint = 10_000n * 10n ** 18n

/** From which the developer accounts derive (path m/44'/60'/0'/0/index). Known to everybody: never send value to them. */
export const DEVELOPER_MNEMONIC = 'test test test test test test test test test test test junk'

/** The first ten accounts of {@link DEVELOPER_MNEMONIC}; their private keys are public. */
export const DEVELOPER_ACCOUNTS: readonly { address: `0x${string}`; privateKey: `0x${string}` }[] = [
  {
    address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    privateKey: '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  },
  {
    address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    privateKey: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  },
  {
    address: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
    privateKey: '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  },
  {
    address: '0x90F79bf6EB2c4f870365E785982E1f101E93b906',
    privateKey: '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  },
  {
    address: '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65',
    privateKey: '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  },
  {
    address: '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
    privateKey: '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
  },
  {
    address: '0x976EA74026E726554dB657fA54763abd0C3a0aa9',
    privateKey: '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
  },
  {
    address: '0x14dC79964da2C08b23698B3D3cc7Ca32193d9955',
    privateKey: '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356',
  },
  {
    address: '0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f',
    privateKey: '0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97',
  },
  {
    address: '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720',
    privateKey: '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6',
  },
]

export type LocalGenesisOptions = {
  chainId?: bigint
  fork?: Fork
  /** Unix seconds. Default 0. */
  timestamp?: bigint
  /** Those that have ether. Default: {@link DEVELOPER_ACCOUNTS}. */
  accounts?: readonly { address: string }[]
  /** Of each. */
  balanceWei?: bigint
  gasLimit?: bigint
  baseFeePerGas?: bigint
}

/**
 * The genesis of a chain on the developer's own machine: every rule of `fork` from the start, the developer accounts,
 * the contracts that the protocol calls and the deployment proxy that tools expect.
 */
export function localGenesis(options: LocalGenesisOptions = {}): Genesis {
  const { chainId = LOCAL_CHAIN_ID, fork = DEFAULT_FORK, timestamp = 0n } = options
  const { accounts = DEVELOPER_ACCOUNTS, balanceWei = DEVELOPER_BALANCE_WEI } = options
  return {
    config: singleForkConfig({ chainId, fork, depositContract: MAINNET_DEPOSIT_CONTRACT }),
    block: {
      number: 0n,
      timestamp,
      parentHash: new Uint8Array(32),
      coinbase: new Uint8Array(20),
      difficulty: 0n,
      gasLimit: options.gasLimit ?? LOCAL_GAS_LIMIT,
      gasUsed: 0n,
      extraData: EMPTY_BYTES,
      prevRandao: new Uint8Array(32),
      nonce: new Uint8Array(8),
      baseFeePerGas: options.baseFeePerGas ?? INITIAL_BASE_FEE,
      hasWithdrawals: true,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
    },
    accounts: [...accounts.map(({ address }) => funded(address, balanceWei)), ...contracts()],
    stateHash: undefined,
    messagePasserStorageRoot: undefined,
  }
}

function funded(address: string, balance: bigint): GenesisAccount {
  return { address: hexToBytes(address), nonce: 0n, balance, code: EMPTY_BYTES, storage: [] }
}

function contracts(): GenesisAccount[] {
  const all = [
    BEACON_ROOTS_CONTRACT,
    HISTORY_CONTRACT,
    WITHDRAWAL_REQUESTS_CONTRACT,
    CONSOLIDATION_REQUESTS_CONTRACT,
    DEPLOYMENT_PROXY,
  ]
  return all.map(({ address, code }) => ({ address, nonce: 1n, balance: 0n, code, storage: [] }))
}

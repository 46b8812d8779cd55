import { bytesToHex, quantity } from '../lib/index.ts'
import {
  DEFAULT_FORK,
  type Fork,
  type Genesis,
  isAtLeast,
  type LocalGenesisOptions,
  localGenesis,
} from '../protocol/index.ts'

/** The genesis of a new local chain as a geth-style file. */
export function localGenesisJson(options: LocalGenesisOptions = {}): string {
  const { fork = DEFAULT_FORK } = options
  return `${JSON.stringify(genesisToJson(localGenesis(options), fork), undefined, 2)}\n`
}

/** The config of a chain that runs one fork, and all before it, from its first block on. */
export function configJson(chainId: bigint, fork: Fork): Record<string, number> {
  return {
    chainId: Number(chainId),
    londonBlock: 0,
    shanghaiTime: 0,
    cancunTime: 0,
    ...(isAtLeast(fork, 'Prague') ? { pragueTime: 0 } : {}),
    ...(isAtLeast(fork, 'Osaka') ? { osakaTime: 0 } : {}),
  }
}

function genesisToJson({ config, block, accounts }: Genesis, fork: Fork): object {
  return {
    config: {
      ...configJson(config.chainId, fork),
      depositContractAddress: bytesToHex(config.depositContract),
    },
    timestamp: quantity(block.timestamp),
    gasLimit: quantity(block.gasLimit),
    difficulty: quantity(block.difficulty),
    coinbase: bytesToHex(block.coinbase),
    mixHash: bytesToHex(block.prevRandao),
    extraData: bytesToHex(block.extraData),
    baseFeePerGas: quantity(block.baseFeePerGas ?? 0n),
    excessBlobGas: quantity(block.excessBlobGas),
    blobGasUsed: quantity(block.blobGasUsed),
    alloc: Object.fromEntries(
      accounts.map((account) => [
        bytesToHex(account.address),
        {
          balance: quantity(account.balance),
          nonce: quantity(account.nonce),
          code: bytesToHex(account.code),
          storage: Object.fromEntries(
            account.storage.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)]),
          ),
        },
      ]),
    ),
  }
}

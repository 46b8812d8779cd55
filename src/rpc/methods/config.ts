import { crc32 } from 'node:zlib'
import {
  BEACON_ROOTS_CONTRACT,
  type ChainConfig,
  CONSOLIDATION_REQUESTS_CONTRACT,
  FORK_RULES,
  type Fork,
  type ForkStage,
  HISTORY_CONTRACT,
  isAtLeast,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../../protocol/index.ts'
import type { ChainView } from '../ChainView.ts'
import { type Hex, hexData, hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'

/** Which rules the chain has, and which blocks the node. */
export const CONFIG_METHODS: Record<string, Method> = {
  eth_config: method([], ({ view }) => chainConfigJson(view)),
  eth_capabilities: method([], ({ view }) => {
    const head = view.getBlock({ number: view.sealedNumber })!
    const blocks = { disabled: false, oldestBlock: hexQuantity(view.firstNumber) }
    const states = { disabled: false, oldestBlock: hexQuantity(view.firstStateNumber) }
    return {
      head: { number: hexQuantity(head.number), hash: head.hash === undefined ? null : hexData(head.hash) },
      ...{ state: states, tx: blocks, logs: blocks, receipts: blocks, blocks, stateproofs: states },
    }
  }),
}

/** EIP-7910. */
function chainConfigJson(view: ChainView): object {
  const { config } = view
  const now = view.getBlock({ number: view.headNumber })?.timestamp ?? 0n
  const reached = config.stages.findLastIndex(({ timestamp }) => timestamp <= now)
  const stageJson = (stage: ForkStage | undefined): object | null =>
    stage === undefined ? null : oneStageJson(view, stage)
  const last = config.stages.at(-1)
  return {
    current: stageJson(config.stages[reached]),
    next: stageJson(config.stages[reached + 1]),
    last: reached + 1 === config.stages.length ? null : stageJson(last),
  }
}

function oneStageJson({ chainId, config, genesisHash }: ChainView, stage: ForkStage): object {
  const { target, max, baseFeeUpdateFraction } = stage.blobSchedule
  return {
    activationTime: Number(stage.timestamp),
    blobSchedule: { target, max, baseFeeUpdateFraction: Number(baseFeeUpdateFraction) },
    chainId: hexQuantity(chainId),
    forkId: forkHash(genesisHash, config, stage.timestamp),
    precompiles: precompilesOf(stage.fork),
    systemContracts: systemContractsOf(stage.fork, config),
  }
}

/** EIP-6122: CRC-32 of the genesis hash and of where the rules have changed since, each 8 bytes, big-endian. */
function forkHash(genesisHash: Uint8Array, config: ChainConfig, timestamp: bigint): Hex {
  const times = config.stages.map((stage) => stage.timestamp).filter((time) => time > 0n && time <= timestamp)
  let sum = crc32(genesisHash)
  for (const point of new Set([...config.earlierForks, ...times])) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(point)
    sum = crc32(bytes, sum)
  }
  return `0x${sum.toString(16).padStart(8, '0')}`
}

/** EIP-7910's names; test/precompileNames.test.ts compares the addresses with the EVM's. */
export const PRECOMPILE_NAMES: readonly { name: string; address: number; since: Fork }[] = [
  { name: 'BLAKE2F', address: 0x09, since: 'Shanghai' },
  { name: 'BLS12_G1ADD', address: 0x0b, since: 'Prague' },
  { name: 'BLS12_G1MSM', address: 0x0c, since: 'Prague' },
  { name: 'BLS12_G2ADD', address: 0x0d, since: 'Prague' },
  { name: 'BLS12_G2MSM', address: 0x0e, since: 'Prague' },
  { name: 'BLS12_MAP_FP2_TO_G2', address: 0x11, since: 'Prague' },
  { name: 'BLS12_MAP_FP_TO_G1', address: 0x10, since: 'Prague' },
  { name: 'BLS12_PAIRING_CHECK', address: 0x0f, since: 'Prague' },
  { name: 'BN254_ADD', address: 0x06, since: 'Shanghai' },
  { name: 'BN254_MUL', address: 0x07, since: 'Shanghai' },
  { name: 'BN254_PAIRING', address: 0x08, since: 'Shanghai' },
  { name: 'ECREC', address: 0x01, since: 'Shanghai' },
  { name: 'ID', address: 0x04, since: 'Shanghai' },
  { name: 'KZG_POINT_EVALUATION', address: 0x0a, since: 'Cancun' },
  { name: 'MODEXP', address: 0x05, since: 'Shanghai' },
  { name: 'P256VERIFY', address: 0x100, since: 'Osaka' },
  { name: 'RIPEMD160', address: 0x03, since: 'Shanghai' },
  { name: 'SHA256', address: 0x02, since: 'Shanghai' },
]

function precompilesOf(fork: Fork): Record<string, Hex> {
  const known = PRECOMPILE_NAMES.filter(({ since }) => isAtLeast(fork, since))
  return Object.fromEntries(
    known.map(({ name, address }) => [name, `0x${address.toString(16).padStart(40, '0')}`]),
  )
}

function systemContractsOf(fork: Fork, { depositContract }: ChainConfig): Record<string, Hex> {
  const rules = FORK_RULES[fork]
  return {
    ...(rules.beaconRootsContract ? { BEACON_ROOTS_ADDRESS: hexData(BEACON_ROOTS_CONTRACT.address) } : {}),
    ...(rules.requests
      ? {
          CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: hexData(CONSOLIDATION_REQUESTS_CONTRACT.address),
          DEPOSIT_CONTRACT_ADDRESS: hexData(depositContract),
        }
      : {}),
    ...(rules.historyContract ? { HISTORY_STORAGE_ADDRESS: hexData(HISTORY_CONTRACT.address) } : {}),
    ...(rules.requests
      ? { WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: hexData(WITHDRAWAL_REQUESTS_CONTRACT.address) }
      : {}),
  }
}

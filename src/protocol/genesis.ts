import { bytesToHex, EMPTY_BYTES, fromBigInt, isAllZero, sha256 } from '../lib/index.ts'
import { BLOOM_SIZE } from './bloom.ts'
import { type ChainConfig, type ForkStage, isIsthmusAt, stageAt } from './chainConfig.ts'
import { type BlobSchedule, FORK_RULES, type Fork, isAtLeast } from './forks.ts'
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header } from './Header.ts'
import { JsonPathError, JsonReader } from './jsonReader.ts'
import { MAINNET_DEPOSIT_CONTRACT } from './requests.ts'

/** How a chain begins: its rules, the fields of block 0 and the first state. */
export type Genesis = {
  config: ChainConfig
  /** Fields of block 0 that don't follow from the state. */
  block: GenesisBlock
  /** In the order of the file; addresses are distinct. */
  accounts: GenesisAccount[]
  /** Root of the first state, where its accounts are kept elsewhere (`stateHash`, as op-geth has it). */
  stateHash: Uint8Array | undefined
  /** With `stateHash`: storage root of the contract that takes withdrawals to L1, for a header of Isthmus. */
  messagePasserStorageRoot: Uint8Array | undefined
}

export type GenesisBlock = {
  number: bigint
  timestamp: bigint
  parentHash: Uint8Array
  coinbase: Uint8Array
  difficulty: bigint
  gasLimit: bigint
  gasUsed: bigint
  extraData: Uint8Array
  prevRandao: Uint8Array
  /** 8 bytes. */
  nonce: Uint8Array
  /** Undefined for a chain that starts before London. */
  baseFeePerGas: bigint | undefined
  /** Whether block 0 has a (then empty) list of withdrawals: Shanghai. */
  hasWithdrawals: boolean
  blobGasUsed: bigint
  excessBlobGas: bigint
}

export type GenesisAccount = {
  address: Uint8Array
  nonce: bigint
  balance: bigint
  code: Uint8Array
  /** Keys and values 32 bytes, values not zero. */
  storage: { key: Uint8Array; value: Uint8Array }[]
}

export type GenesisResult =
  | { ok: true; genesis: Genesis }
  /** `path`: the wrong member, as in `alloc.0x….balance`. */
  | { ok: false; code: 'InvalidGenesis'; path: string; message: string }

/**
 * Reads a geth-style genesis: `config` (chainId, cancunTime, pragueTime, osakaTime, bpo1Time…, blobSchedule,
 * depositContractAddress), header fields and `alloc`.
 *
 * @param json - the parsed file.
 * @param options.allowEarlierForks - accept a chain that starts before Cancun, which can then be served but not run.
 */
export function parseGenesis(json: unknown, options: { allowEarlierForks?: boolean } = {}): GenesisResult {
  try {
    const root = new JsonReader(json, '')
    const block = readBlock(root)
    const config = readConfig(root.member('config'))
    if (options.allowEarlierForks !== true && stageAt(config, block.timestamp) === undefined) {
      const path = 'config.cancunTime'
      const message = `${path}: the chain must start at Cancun or later; set cancunTime to 0 (and pragueTime, osakaTime)`
      return invalidGenesis(path, message)
    }
    const stateHash = root.member('stateHash').bytesOr(32, undefined)
    const alloc = root.member('alloc')
    const accounts = stateHash !== undefined && alloc.isMissing ? [] : readAlloc(alloc)
    const messagePasserStorageRoot = root.member('messagePasserStorageRoot').bytesOr(32, undefined)
    return { ok: true, genesis: { config, block, accounts, stateHash, messagePasserStorageRoot } }
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error
    return invalidGenesis(error.path, error.message)
  }
}

export function invalidGenesis(path: string, message: string): Extract<GenesisResult, { ok: false }> {
  return { ok: false, code: 'InvalidGenesis', path, message: `Invalid genesis.\n  ${message}` }
}

/** Header of block 0 over the state root of the genesis accounts. */
export function genesisHeader(genesis: Genesis, stateRoot: Uint8Array): Header {
  const { block } = genesis
  const header: Header = {
    parentHash: block.parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: block.coinbase,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_SIZE),
    difficulty: block.difficulty,
    number: block.number,
    gasLimit: block.gasLimit,
    gasUsed: block.gasUsed,
    timestamp: block.timestamp,
    extraData: block.extraData,
    prevRandao: block.prevRandao,
    nonce: block.nonce,
    baseFeePerGas: block.baseFeePerGas,
  }
  if (block.hasWithdrawals) header.withdrawalsRoot = EMPTY_TRIE_ROOT
  if (isIsthmusAt(genesis.config, block.timestamp))
    header.withdrawalsRoot = genesis.messagePasserStorageRoot ?? EMPTY_TRIE_ROOT
  const stage = stageAt(genesis.config, block.timestamp)
  if (stage === undefined) return header
  header.blobGasUsed = block.blobGasUsed
  header.excessBlobGas = block.excessBlobGas
  header.parentBeaconBlockRoot = new Uint8Array(32)
  if (isAtLeast(stage.fork, 'Prague')) header.requestsHash = sha256(EMPTY_BYTES)
  return header
}

/** EIP-1559, INITIAL_BASE_FEE: 1 gwei. */
export const INITIAL_BASE_FEE = 1_000_000_000n

/** The members of `config` that switch rules, in the order in which they must follow each other. */
const STAGES: readonly { name: string; fork: Fork }[] = [
  { name: 'cancun', fork: 'Cancun' },
  { name: 'prague', fork: 'Prague' },
  { name: 'osaka', fork: 'Osaka' },
  { name: 'bpo1', fork: 'Osaka' },
  { name: 'bpo2', fork: 'Osaka' },
  { name: 'bpo3', fork: 'Osaka' },
  { name: 'bpo4', fork: 'Osaka' },
  { name: 'bpo5', fork: 'Osaka' },
]

function readConfig(config: JsonReader): ChainConfig {
  const chainId = config.member('chainId').integer(64)
  const depositContract = config.member('depositContractAddress').bytesOr(20, MAINNET_DEPOSIT_CONTRACT)
  const schedules = config.member('blobSchedule')
  const stages: ForkStage[] = []
  for (const { name, fork } of STAGES) {
    const time = config.member(`${name}Time`)
    if (time.isMissing) continue
    const timestamp = time.integer(64)
    const last = stages.at(-1)
    if (last !== undefined && timestamp < last.timestamp) {
      throw new JsonPathError(
        time.path,
        `a time at or after the fork before it (${last.timestamp})`,
        Number(timestamp),
      )
    }
    if (last === undefined && fork !== 'Cancun') {
      throw new JsonPathError('config.cancunTime', `a time at or before ${time.path}`, undefined)
    }
    const inherited = fork === 'Osaka' ? last?.blobSchedule : undefined
    const schedule = schedules.isMissing ? undefined : schedules.member(name)
    const blobSchedule = readSchedule(schedule) ?? inherited ?? FORK_RULES[fork].blobSchedule
    stages.push({ timestamp, fork, blobSchedule })
  }
  return {
    chainId,
    stages,
    earlierForks: readEarlierForks(config),
    depositContract,
    isthmusTime: readIsthmusTime(config, stages),
  }
}

/** `homesteadBlock`, `londonBlock` and so on, and `shanghaiTime`. */
function readEarlierForks(config: JsonReader): bigint[] {
  const blocks = config
    .entries()
    .filter(([name]) => name.endsWith('Block'))
    .map(([, number]) => number.integer(64))
    .sort((a, b) => (a < b ? -1 : 1))
  const times = config.member('shanghaiTime').integerOr(64, 0n)
  return [...new Set([...blocks, times])].filter((point) => point > 0n)
}

/** Isthmus has the rules of Prague (OP Stack specs, protocol/isthmus/overview). */
function readIsthmusTime(config: JsonReader, stages: readonly ForkStage[]): bigint | undefined {
  const time = config.member('isthmusTime')
  if (time.isMissing) return undefined
  const timestamp = time.integer(64)
  const prague = stages.find(({ fork }) => isAtLeast(fork, 'Prague'))
  if (prague === undefined || prague.timestamp > timestamp)
    throw new JsonPathError(
      'config.pragueTime',
      `a time at or before ${time.path}`,
      Number(prague?.timestamp),
    )
  return timestamp
}

function readSchedule(schedule: JsonReader | undefined): BlobSchedule | undefined {
  if (schedule === undefined || schedule.isMissing) return undefined
  const max = schedule.member('max')
  const result = {
    target: Number(schedule.member('target').integer(32)),
    max: Number(max.integer(32)),
    baseFeeUpdateFraction: schedule.member('baseFeeUpdateFraction').integer(64),
  }
  if (result.max < result.target || result.max === 0) {
    throw new JsonPathError(max.path, `a count of blobs, not below the target ${result.target}`, result.max)
  }
  if (result.baseFeeUpdateFraction === 0n) {
    throw new JsonPathError(schedule.member('baseFeeUpdateFraction').path, 'an integer above 0', 0)
  }
  return result
}

function readBlock(root: JsonReader): GenesisBlock {
  const timestamp = root.member('timestamp').integerOr(64, 0n)
  const mixHash = root.member('mixHash')
  const config = root.member('config')
  const london = config.member('londonBlock').integerOr(64, undefined)
  const merged = config.member('cancunTime').integerOr(64, undefined)
  const shanghai = config.member('shanghaiTime').integerOr(64, merged)
  const startsAfterLondon = london === 0n || (shanghai !== undefined && shanghai <= timestamp)
  return {
    number: root.member('number').integerOr(64, 0n),
    timestamp,
    parentHash: root.member('parentHash').bytesOr(32, new Uint8Array(32)),
    coinbase: root.member('coinbase').bytesOr(20, new Uint8Array(20)),
    difficulty: root.member('difficulty').integerOr(256, 0n),
    gasLimit: root.member('gasLimit').integer(63),
    gasUsed: root.member('gasUsed').integerOr(64, 0n),
    extraData: root.member('extraData').bytesOr(undefined, EMPTY_BYTES),
    prevRandao: (mixHash.isMissing ? root.member('mixhash') : mixHash).bytesOr(32, new Uint8Array(32)),
    nonce: fromBigInt(root.member('nonce').integerOr(64, 0n), 8),
    baseFeePerGas: startsAfterLondon
      ? root.member('baseFeePerGas').integerOr(256, INITIAL_BASE_FEE)
      : undefined,
    hasWithdrawals: shanghai !== undefined && shanghai <= timestamp,
    blobGasUsed: root.member('blobGasUsed').integerOr(64, 0n),
    excessBlobGas: root.member('excessBlobGas').integerOr(64, 0n),
  }
}

function readAlloc(alloc: JsonReader): GenesisAccount[] {
  const seen = new Set<string>()
  return alloc.entries().map(([name, account]) => {
    const address = new JsonReader(name, account.path).bytes(20)
    const key = bytesToHex(address)
    if (seen.has(key)) throw new JsonPathError(account.path, 'each address once', name)
    seen.add(key)
    return {
      address,
      nonce: account.member('nonce').integerOr(64, 0n),
      balance: account.member('balance').integerOr(256, 0n),
      code: account.member('code').bytesOr(undefined, EMPTY_BYTES),
      storage: readStorage(account.member('storage')),
    }
  })
}

function readStorage(storage: JsonReader): GenesisAccount['storage'] {
  if (storage.isMissing) return []
  const slots: GenesisAccount['storage'] = []
  for (const [name, reader] of storage.entries()) {
    const key = readWord(name, reader.path)
    const value = fromBigInt(reader.integer(256), 32)
    if (!isAllZero(value)) slots.push({ key, value })
  }
  return slots
}

/** A storage key: hex of up to 32 bytes, with or without 0x, shorter ones padded on the left. */
function readWord(text: string, path: string): Uint8Array {
  const digits = text.replace(/^0x/i, '')
  return fromBigInt(new JsonReader(`0x${digits === '' ? '0' : digits}`, path).integer(256), 32)
}

import { type BlockRules, type Engine, type ImportOutcome, importBlock } from '../../src/execution/index.ts'
import { bytesToHex, tryHexToBytes } from '../../src/lib/index.ts'
import { decodeBlock, type Header, headerHash } from '../../src/protocol/index.ts'
import { orderedTrieRoot, type StateTrie } from '../../src/trie/index.ts'
import { chainIdOf, type NamedFork, namedFork, type TestConfig, unsupportedFork } from '../environment.ts'
import {
  failed,
  PASSED,
  passedFor,
  skipped,
  type TestCase,
  type TestContext,
  type Verdict,
} from '../testCase.ts'
import { type Allocation, firstDifference, load, type World, worldOf } from '../world.ts'

type BlockchainTest = {
  network: string
  config?: TestConfig
  pre: Allocation
  genesisRLP: string
  genesisBlockHeader: { hash: string; stateRoot: string }
  blocks: { rlp: string; expectException?: string; executionWitness?: unknown }[]
  lastblockhash: string
  postState?: Allocation
}

/** Blockchain tests: a genesis, and blocks that are imported one after another or refused. */
export function* blockchainCases(json: Record<string, BlockchainTest>): Generator<TestCase> {
  for (const [name, test] of Object.entries(json)) {
    yield { name, kind: 'blockchain', fork: test.network, run: (context) => runBlockchain(test, context) }
  }
}

function runBlockchain(test: BlockchainTest, { engine }: TestContext): Verdict {
  const rulesAt = rulesOf(test)
  if (typeof rulesAt === 'string') return skipped(unsupportedFork(rulesAt))
  const genesis = decodeBlock(tryHexToBytes(test.genesisRLP) ?? new Uint8Array(0))
  if (!genesis.ok) return failed('the genesis block was refused', 'a block', genesis.message)
  const world = worldOf(test.pre)
  const { header } = genesis.block
  const root = bytesToHex(world.trie.root())
  if (root !== test.genesisBlockHeader.stateRoot) {
    return failed('genesis state root differs', test.genesisBlockHeader.stateRoot, root)
  }
  const hash = bytesToHex(headerHash(header))
  if (hash !== test.genesisBlockHeader.hash)
    return failed('genesis hash differs', test.genesisBlockHeader.hash, hash)
  const chain = new Chain({ engine, world, header, chainId: chainIdOf(test.config), rulesAt })
  return importAll(test, chain)
}

function importAll(test: BlockchainTest, chain: Chain): Verdict {
  const otherReasons: string[] = []
  for (const [index, { rlp, expectException }] of test.blocks.entries()) {
    const raw = tryHexToBytes(rlp)
    const outcome: ImportOutcome =
      raw === undefined
        ? { kind: 'refused', code: 'BlockException.RLP_STRUCTURES_ENCODING', message: 'not hex' }
        : chain.import(raw)
    if (outcome.kind === 'imported') {
      if (expectException === undefined) continue
      return failed('an invalid block was accepted', `block ${index}: ${expectException}`, 'accepted')
    }
    if (expectException === undefined) {
      const why = chain.explain(outcome, test.postState)
      return failed(
        `a valid block was refused: ${outcome.code}`,
        `block ${index} accepted`,
        `${outcome.message}; ${why}`,
      )
    }
    if (!expectException.split('|').includes(outcome.code))
      otherReasons.push(`${expectException} → ${outcome.code}`)
  }
  if (!chain.has(test.lastblockhash))
    return failed('the last block is missing', test.lastblockhash, 'not imported')
  return otherReasons.length === 0 ? PASSED : passedFor(otherReasons.join(', '))
}

/** The fork at each time; the name of a fork that the engine doesn't have. */
function rulesOf({ network, config }: BlockchainTest): ((timestamp: bigint) => BlockRules) | string {
  const transition = /^(\w+)To(\w+)AtTime(\d+)(k?)$/.exec(network)
  const names = transition === null ? [network] : [transition[1]!, transition[2]!]
  const forks: NamedFork[] = []
  for (const name of names) {
    const fork = namedFork(name, config)
    if (fork === undefined) return name
    forks.push(fork)
  }
  const switchTime = transition === null ? 0n : BigInt(transition[3]!) * (transition[4] === 'k' ? 1000n : 1n)
  return (timestamp) => (timestamp >= switchTime ? forks.at(-1)! : forks[0]!)
}

type Genesis = {
  engine: Engine
  world: World
  header: Header
  chainId: bigint
  rulesAt: (timestamp: bigint) => BlockRules
}

/** An imported block and the state after it. */
type Link = {
  header: Header
  hash: string
  parent: Link | undefined
  trie: StateTrie
  diff: Uint8Array | undefined
}

/** Every valid block by hash; the engine follows whichever branch the next block builds on. */
class Chain {
  readonly #genesis: Genesis
  readonly #links = new Map<string, Link>()
  /** The block at whose state the engine is. */
  #head: Link
  #refusedState: StateTrie | undefined

  constructor(genesis: Genesis) {
    this.#genesis = genesis
    const { header, world, engine } = genesis
    const hash = bytesToHex(headerHash(header))
    this.#head = { header, hash, parent: undefined, trie: world.trie, diff: undefined }
    this.#links.set(hash, this.#head)
    load(world, engine)
    engine.takeDiff()
  }

  has(hash: string): boolean {
    return this.#links.has(hash)
  }

  import(raw: Uint8Array): ImportOutcome {
    const { engine, chainId, rulesAt } = this.#genesis
    const decoded = decodeBlock(raw)
    if (!decoded.ok) return { kind: 'refused', code: decoded.code, message: decoded.message }
    const parent = this.#links.get(bytesToHex(decoded.block.header.parentHash))
    if (parent === undefined)
      return { kind: 'refused', code: 'BlockException.UNKNOWN_PARENT', message: 'no such parent' }
    if (parent !== this.#head) this.#moveTo(parent)
    let trie = parent.trie
    const outcome = importBlock(engine, raw, {
      chainId,
      rulesAt,
      parent: parent.header,
      blockHash: (number) => ancestorHash(parent, number),
      commitment: {
        orderedRoot: orderedTrieRoot,
        stateRootAfter: (diff) => {
          trie = parent.trie.apply(diff)
          return trie.root()
        },
      },
    })
    if (outcome.kind === 'refused') {
      this.#refusedState = trie
      return outcome
    }
    const hash = bytesToHex(outcome.hash)
    this.#head = { header: outcome.block.header, hash, parent, trie, diff: outcome.diff }
    this.#links.set(hash, this.#head)
    return outcome
  }

  /** Where the state of a block that should have been valid differs from the one expected in the end. */
  explain(outcome: ImportOutcome, expected: Allocation | undefined): string {
    if (outcome.kind === 'imported' || outcome.code !== 'BlockException.INVALID_STATE_ROOT') return ''
    if (expected === undefined || this.#refusedState === undefined) return ''
    return firstDifference(this.#refusedState, expected, []) ?? 'all accounts expected in the end agree'
  }

  /** Rebuilds the state of another branch's block from the genesis and the diffs on the way. */
  #moveTo(target: Link): void {
    const { engine, world } = this.#genesis
    const path: Link[] = []
    for (let link = target; link.parent !== undefined; link = link.parent) path.push(link)
    engine.reset()
    load(world, engine)
    for (const { diff } of path.reverse()) engine.applyDiff(diff!)
    engine.takeDiff()
    this.#head = target
  }
}

function ancestorHash(from: Link, number: bigint): Uint8Array | undefined {
  for (let link: Link | undefined = from; link !== undefined; link = link.parent) {
    if (link.header.number === number) return headerHash(link.header)
  }
  return undefined
}

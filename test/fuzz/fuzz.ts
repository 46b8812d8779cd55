import { Prng } from '../../src/lib/index.ts'
import { accounts, type Chain, HttpRpc, startChain, type Target } from '../lib/index.ts'
import type { Action } from './actions.ts'
import { type Difference, Duel, type Tally } from './Duel.ts'
import { generate } from './generate.ts'
import type { Ref } from './Template.ts'

export type FuzzOptions = {
  seed: number
  count: number
  /** The node under test. */
  left?: Target
  /** Hard fork of the left node where it is anvil, to see that differences are found. */
  leftFork?: string
  /** The second half runs on a fork of anvil's chain, as it is then. */
  forks?: boolean
  /** How often a failing run may be repeated to make it smaller. */
  maxReplays?: number
  progress?: (text: string) => void
}

export type FuzzResult = { tally: Tally; difference: Difference | undefined; replay: Action[] }

const DEFAULT_REPLAYS = 30
const LEFT_BLOCK_MS = 200
const DEVELOPER_BALANCE = `0x${(10_000n * 10n ** 18n).toString(16)}`

/** Sends `count` seeded random transactions to the node under test and to anvil; stops at the first difference. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const actions = generate(new Prng(options.seed), options.count)
  const first = await replay(actions, options)
  if (!first.difference) return { ...first, replay: [] }
  options.progress?.(`difference at action ${first.difference.action.id}; making it smaller …`)
  const failing = actions.slice(
    0,
    actions.findIndex((action) => action.id === first.difference!.action.id) + 1,
  )
  const smaller = await shrink(failing, first.difference, options)
  return { tally: first.tally, difference: smaller.difference, replay: smaller.actions }
}

/** Runs actions on two fresh chains. */
async function replay(
  actions: Action[],
  options: FuzzOptions,
): Promise<{ tally: Tally; difference: Difference | undefined }> {
  const chains: Chain[] = []
  let duel: Duel | undefined
  try {
    const left = await startLeft(options)
    chains.push(left)
    const gasLimit = await blockGasLimit(left)
    chains.push(await startChain({ target: 'anvil', extraArguments: ['--gas-limit', String(gasLimit)] }))
    duel = new Duel(left, chains[1]!)
    await duel.prepare()
    const half = options.forks === true ? Math.floor(actions.length / 2) : actions.length
    let difference = await runAll(duel, actions.slice(0, half), options)
    if (difference === undefined && half < actions.length) {
      chains.push(await forkOf(chains[1]!))
      duel.replaceLeft(chains[2]!)
      difference = await runAll(duel, actions.slice(half), options)
    }
    return { tally: duel.tally, difference }
  } finally {
    duel?.close()
    for (const chain of chains) await chain.stop()
  }
}

async function runAll(duel: Duel, actions: Action[], options: FuzzOptions): Promise<Difference | undefined> {
  for (const [index, action] of actions.entries()) {
    const difference = await duel.run(action)
    if (difference) return difference
    if ((index + 1) % 500 === 0) options.progress?.(`${index + 1} transactions agree`)
  }
  const last = actions.at(-1)
  return last && (await duel.finish(last))
}

/** A fork gives the developers 10,000 ether and takes their code: here they have that already. */
async function forkOf(remote: Chain): Promise<Chain> {
  const rpc = new HttpRpc(remote.url)
  for (const { address } of accounts) {
    await rpc.call('anvil_setBalance', [address, DEVELOPER_BALANCE])
    await rpc.call('anvil_setCode', [address, '0x'])
  }
  await rpc.call('anvil_mine', ['0x1'])
  rpc.close()
  return await startChain({
    target: 'leveret',
    blockMs: LEFT_BLOCK_MS,
    extraArguments: ['--fork-url', remote.url],
  })
}

async function startLeft(options: FuzzOptions): Promise<Chain> {
  if (options.left === 'anvil') {
    const extraArguments = options.leftFork ? ['--hardfork', options.leftFork] : []
    return await startChain({ target: 'anvil', extraArguments })
  }
  return await startChain({ target: 'leveret', blockMs: LEFT_BLOCK_MS })
}

async function blockGasLimit(chain: Chain): Promise<bigint> {
  const answer = await fetch(chain.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_getBlockByNumber',
      params: ['latest', false],
    }),
  })
  const { result } = (await answer.json()) as { result: { gasLimit: string } }
  return BigInt(result.gasLimit)
}

/** Leaves out what the difference doesn't need: first all that the last action doesn't name, then halves, quarters … */
async function shrink(
  failing: Action[],
  found: Difference,
  options: FuzzOptions,
): Promise<{ actions: Action[]; difference: Difference }> {
  let best = { actions: failing, difference: found }
  let replays = options.maxReplays ?? DEFAULT_REPLAYS
  const attempt = async (actions: Action[]): Promise<boolean> => {
    if (replays-- <= 0 || actions.length >= best.actions.length) return false
    const { difference } = await replay(actions, options)
    if (difference?.action.id !== found.action.id || kindOf(difference) !== kindOf(found)) return false
    best = { actions, difference }
    return true
  }
  const needed = dependencies(failing)
  await attempt(failing.filter((action) => needed.has(action.id)))
  for (let size = best.actions.length >> 1; size >= 1 && replays > 0; size >>= 1) {
    for (let start = 0; start < best.actions.length - 1 && replays > 0; ) {
      const end = Math.min(start + size, best.actions.length - 1)
      const without = [...best.actions.slice(0, start), ...best.actions.slice(end)]
      if (!(await attempt(without))) start += size
    }
  }
  return best
}

/** The method or receipt field, without addresses: those change when actions are left out. */
function kindOf(difference: Difference): string {
  return difference.what.split(' ').slice(0, 1).join(' ')
}

/** Ids of the last action and of all that it names, directly or through others. */
function dependencies(actions: Action[]): Set<number> {
  const byId = new Map(actions.map((action) => [action.id, action]))
  const needed = new Set<number>()
  const visit = (id: number): void => {
    const action = byId.get(id)
    if (!action || needed.has(id)) return
    needed.add(id)
    for (const ref of refsOf(action)) if (ref.kind === 'contract' || ref.kind === 'child') visit(ref.action)
  }
  visit(actions.at(-1)!.id)
  return needed
}

function refsOf(action: Action): Ref[] {
  const refs = action.data.filter((part): part is Ref => !(part instanceof Uint8Array))
  if (action.to) refs.push(action.to)
  refs.push(...action.accessList.map((item) => item.of))
  for (const { delegate } of action.authorizations) if (delegate) refs.push(delegate)
  return refs
}

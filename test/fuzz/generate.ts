import type { Prng } from '../../src/lib/index.ts'
import { type Action, type AuthorizationPlan, FUNDED, type GasChoice, signers } from './actions.ts'
import { precompileInput } from './precompileInputs.ts'
import { creationCode, environmentCode } from './programs.ts'
import type { Ref, Template } from './Template.ts'

const CHAIN_ID = 31337n
const GWEI = 10n ** 9n
const FLAWS: AuthorizationPlan['flaw'][] = [
  'none',
  'none',
  'none',
  'none',
  'highS',
  'zeroR',
  'badParity',
  'maxNonce',
]

/** Gas above the intrinsic that most programs can do with. */
const RICH = 200_000n

type Kind = 'transfer' | 'call' | 'create' | 'environment' | 'precompile' | 'delegate'
const KINDS: Kind[] = [
  ...Array<Kind>(3).fill('transfer'),
  ...Array<Kind>(9).fill('call'),
  ...Array<Kind>(7).fill('create'),
  'environment',
  'precompile',
  'delegate',
  'delegate',
]

/** The actions of a run: a function of the seed alone. Each may refer to earlier ones. */
export function generate(random: Prng, count: number): Action[] {
  const contracts: number[] = []
  const actions: Action[] = []
  for (let id = 0; id < count; id++) {
    const action = makeAction(id, random, contracts)
    // Those that likely hold code: calls of nothing teach nothing.
    if (action.label === 'create' && 'aboveIntrinsic' in action.gas && action.gas.aboveIntrinsic > RICH)
      contracts.push(id)
    actions.push(action)
  }
  return actions
}

function makeAction(id: number, random: Prng, contracts: number[]): Action {
  const refs = (): Ref => anyRef(random, contracts)
  const kind = contracts.length < 3 ? 'create' : random.pick(KINDS)
  const { to, data } = destination(kind, random, contracts, refs)
  const type = kind === 'delegate' ? 4 : random.pick([0, 1, 2, 2, 2] as const)
  return {
    id,
    sender: random.nextInt(FUNDED),
    type,
    chainId: type === 0 && random.nextInt(4) === 0 ? undefined : CHAIN_ID,
    to,
    value: random.nextInt(3) === 0 ? random.nextBigInt(random.pick([4, 20, 60])) : 0n,
    gas: kind === 'create' && random.nextInt(3) !== 0 ? { aboveIntrinsic: RICH * 8n } : gasChoice(random),
    maxFeePerGas: random.pick([100n, 1000n]) * GWEI,
    maxPriorityFeePerGas: random.pick([0n, 1n, GWEI]),
    data,
    accessList: type === 0 ? [] : accessList(random, refs),
    authorizations: type === 4 ? authorizations(random, refs) : [],
    callable: kind === 'call' || kind === 'precompile',
    label: kind,
  }
}

function destination(
  kind: Kind,
  random: Prng,
  contracts: number[],
  refs: () => Ref,
): { to: Ref | undefined; data: Template } {
  if (kind === 'create') return { to: undefined, data: creationCode(random, refs) }
  if (kind === 'environment') return { to: undefined, data: environmentCode() }
  if (kind === 'precompile') {
    const { number, input } = precompileInput(random)
    return { to: { kind: 'precompile', number }, data: [input] }
  }
  if (kind === 'transfer') return { to: refs(), data: [] }
  const data = [random.nextBytes(random.pick([0, 4, 32, 36, 100]))]
  if (kind === 'delegate') return { to: { kind: 'signer', index: random.nextInt(signers.length) }, data }
  // Old contracts stay interesting, but the newest are what the seed has not tried yet.
  const action = random.nextBool() ? contracts.at(-1)! : random.pick(contracts)
  return {
    to: random.nextInt(6) === 0 ? { kind: 'child', action, nonce: 1n } : { kind: 'contract', action },
    data,
  }
}

function anyRef(random: Prng, contracts: number[]): Ref {
  const choice = random.nextInt(10)
  if (choice < 2) return { kind: 'signer', index: random.nextInt(signers.length) }
  if (choice === 2) return { kind: 'precompile', number: random.pick([1, 2, 3, 4, 5, 9, 0x11, 0x12, 0x100]) }
  if (choice === 3 || contracts.length === 0) return { kind: 'fresh', number: random.nextInt(30) }
  const action = random.pick(contracts)
  if (choice === 4) return { kind: 'child', action, nonce: BigInt(1 + random.nextInt(2)) }
  return { kind: 'contract', action }
}

function gasChoice(random: Prng): GasChoice {
  const choice = random.nextInt(20)
  if (choice === 0) return { aboveIntrinsic: -1n }
  if (choice === 1) return { absolute: random.pick([20_999n, 16_777_216n, 16_777_217n, 10_000_000n]) }
  if (choice === 2) return { aboveIntrinsic: 0n }
  if (choice < 7) return { aboveIntrinsic: BigInt(random.nextInt(random.pick([3_000, 30_000, 150_000]))) }
  return { aboveIntrinsic: RICH + BigInt(random.nextInt(2_000_000)) }
}

function accessList(random: Prng, refs: () => Ref): Action['accessList'] {
  if (random.nextInt(3) !== 0) return []
  return Array.from({ length: 1 + random.nextInt(3) }, () => ({
    of: refs(),
    keys: Array.from({ length: random.nextInt(4) }, () => BigInt(random.nextInt(8))),
  }))
}

function authorizations(random: Prng, refs: () => Ref): AuthorizationPlan[] {
  return Array.from({ length: 1 + random.nextInt(3) }, () => ({
    authority: random.nextInt(signers.length),
    delegate: random.nextInt(4) === 0 ? undefined : refs(),
    chainId: random.pick([CHAIN_ID, CHAIN_ID, CHAIN_ID, 0n, 1n]),
    nonceOffset: random.nextInt(6) === 0 ? 1n : 0n,
    flaw: random.pick(FLAWS),
  }))
}

import { bytes } from '../lib/index.ts'
import { calling, deploying, join, program, storing } from './Program.ts'
import { accountAddress, type Sending, type TwoNodes } from './TwoNodes.ts'

type Hex = `0x${string}`

/** A transaction that is traced on both nodes, after what it needs was deployed. */
export type TracedCase = { name: string; prepare: (nodes: TwoNodes) => Promise<Sending> }

const NOBODY: Hex = `0x${'ab'.repeat(20)}`
const STOP = program('STOP')
const RETURNS = join(storing(bytes(`0x${'2a'.repeat(32)}`)), program(32, 0, 'RETURN'))
const LOGS = program(7, 8, 32, 0, 'LOG0')
const REVERTS = program(0, 0, 'REVERT')

/** Error(string) of Solidity. */
const ERROR = bytes(
  `0x08c379a0${'20'.padStart(64, '0')}${'5'.padStart(64, '0')}${Buffer.from('wrong').toString('hex').padEnd(64, '0')}`,
)
const PANIC = bytes(`0x4e487b71${'11'.padStart(64, '0')}`)
const CUSTOM = bytes('0xdeadbeef01')

function revertingWith(data: Uint8Array): Uint8Array {
  return join(storing(data), program(data.length, 0, 'REVERT'))
}

/** Calls a contract with this code, which is deployed before. */
function called(name: string, code: Uint8Array, sending: Omit<Sending, 'to'> = {}): TracedCase {
  return { name, prepare: async (nodes) => ({ to: await nodes.deploy(code, 100n), ...sending }) }
}

/** Calls a contract that calls one with this code. */
function calledInside(
  name: string,
  code: Uint8Array,
  options: Parameters<typeof calling>[1] = {},
): TracedCase {
  return {
    name,
    prepare: async (nodes) => {
      const inner = await nodes.deploy(code)
      return { to: await nodes.deploy(join(calling(inner, options), program('POP'), LOG0), 100n) }
    },
  }
}

const LOG0 = program(0, 0, 'LOG0')

/** As many contracts, each of which calls the next and then stores something. */
async function deployChain(nodes: TwoNodes, depth: number): Promise<Hex> {
  let address = await nodes.deploy(program(1, 0, 'SSTORE'))
  for (let i = 1; i < depth; i++)
    address = await nodes.deploy(join(calling(address), program('POP', i, 0, 'SSTORE')))
  return address
}

const CALLS: TracedCase[] = [
  { name: 'a transfer', prepare: async () => ({ to: NOBODY, value: 5n }) },
  { name: 'a transfer with data', prepare: async () => ({ to: NOBODY, data: bytes('0x0102') }) },
  called('a call that returns', RETURNS),
  ...(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const).flatMap((kind) => [
    calledInside(`${kind} that returns`, RETURNS, { kind, input: 5 }),
    calledInside(`${kind} that reverts`, revertingWith(ERROR), { kind }),
    calledInside(`${kind} of what logs`, LOGS, { kind }),
  ]),
  calledInside('a call with value', STOP, { value: 3 }),
  calledInside('a call with more value than there is', STOP, { value: 101 }),
  called('a call of nobody', calling(NOBODY)),
  called('a call of itself until gas is gone', program(0, 0, 0, 0, 0, 'ADDRESS', 'GAS', 'CALL'), {
    gas: 200_000n,
  }),
  { name: 'ten calls deep', prepare: async (nodes) => ({ to: await deployChain(nodes, 10) }) },
]

const FAILURES: TracedCase[] = [
  called('a revert without data', REVERTS),
  called('a revert with Error(string)', revertingWith(ERROR)),
  called('a revert with Panic(uint256)', revertingWith(PANIC)),
  called('a revert with an own error', revertingWith(CUSTOM)),
  calledInside('INVALID inside', program('INVALID'), { gas: 5000 }),
  calledInside('an undefined opcode inside', Uint8Array.of(0x0c), { gas: 5000 }),
  calledInside('a stack underflow inside', program('ADD'), { gas: 5000 }),
  calledInside('a jump to nowhere inside', program(3, 'JUMP'), { gas: 5000 }),
  calledInside('a read beyond the return data inside', program(1, 0, 0, 'RETURNDATACOPY'), { gas: 5000 }),
  calledInside('a write in a static call', program(1, 0, 'SSTORE'), { kind: 'STATICCALL', gas: 50_000 }),
  calledInside('a log in a static call', LOG0, { kind: 'STATICCALL', gas: 50_000 }),
  calledInside('a creation in a static call', program(0, 0, 0, 'CREATE'), {
    kind: 'STATICCALL',
    gas: 50_000,
  }),
  calledInside('a call with value in a static call', join(calling(NOBODY, { value: 1 })), {
    ...{ kind: 'STATICCALL', gas: 50_000 },
  }),
  calledInside('a store with too little gas', program(1, 0, 'SSTORE'), { gas: 2000 }),
  calledInside('a loop without end', Uint8Array.of(0x5b, 0x5f, 0x56), { gas: 1000 }),
  called('logs that are taken back', join(LOGS, REVERTS)),
]

/** The same transaction with ever less gas: it ends at each depth once. */
const OUT_OF_GAS: TracedCase[] = Array.from({ length: 12 }, (_, i) => ({
  name: `out of gas, ${i} of 12`,
  prepare: async (nodes: TwoNodes) => ({
    to: await deployChain(nodes, 6),
    gas: 22_000n + BigInt(i) * 12_000n,
  }),
}))

const INIT_RETURNS = program(1, 0, 'RETURN')
const CREATIONS: TracedCase[] = [
  { name: 'a creation', prepare: async () => ({ data: deploying(RETURNS), value: 3n }) },
  { name: 'a creation that reverts', prepare: async () => ({ data: revertingWith(ERROR) }) },
  {
    name: 'a creation of code that begins with ef',
    prepare: async () => ({ data: deploying(Uint8Array.of(0xef)) }),
  },
  { name: 'a creation of nothing', prepare: async () => ({ data: new Uint8Array(0) }) },
  {
    name: 'a creation whose deposit is too dear',
    prepare: async () => ({ data: program(24_000, 0, 'RETURN'), gas: 100_000n }),
  },
  {
    name: 'a creation of too much code',
    prepare: async () => ({ data: program(24_577, 0, 'RETURN'), gas: 8_000_000n }),
  },
  called('CREATE', join(storing(INIT_RETURNS), program(INIT_RETURNS.length, 0, 1, 'CREATE'))),
  called('CREATE2', join(storing(INIT_RETURNS), program(9, INIT_RETURNS.length, 0, 0, 'CREATE2'))),
  called('CREATE2 twice', program(0, 0, 0, 0, 'CREATE2', 0, 0, 0, 0, 'CREATE2')),
  called('CREATE with more value than there is', program(0, 0, 101, 'CREATE')),
  called('CREATE that reverts', join(storing(REVERTS), program(REVERTS.length, 0, 0, 'CREATE'))),
  called('CREATE of init code that is too long', program(50_000, 0, 0, 'CREATE')),
]

const DESTRUCTIONS: TracedCase[] = [
  called('SELFDESTRUCT of an old contract', program(NOBODY, 'SELFDESTRUCT')),
  called('SELFDESTRUCT to itself', program('ADDRESS', 'SELFDESTRUCT')),
  {
    name: 'SELFDESTRUCT of a new contract',
    prepare: async () => ({ data: program(NOBODY, 'SELFDESTRUCT'), value: 4n }),
  },
  calledInside('SELFDESTRUCT inside, that is taken back', program(NOBODY, 'SELFDESTRUCT'), { gas: 3000 }),
]

/** Each precompile with an input of so many zeros, and of none. */
const PRECOMPILES: TracedCase[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x100].flatMap(
  (number) =>
    [0, 128].map((input) => {
      const address: Hex = `0x${number.toString(16).padStart(40, '0')}`
      return called(`precompile ${number} with ${input} bytes`, calling(address, { input, gas: 100_000 }))
    }),
)

const REST: TracedCase[] = [
  {
    name: 'an access list',
    prepare: async (nodes) => {
      const to = await nodes.deploy(program(0, 'SLOAD', NOBODY, 'BALANCE'))
      return { to, accessList: [{ address: bytes(to), storageKeys: [new Uint8Array(32)] }] }
    },
  },
  {
    name: 'a delegation, and a call of who delegates',
    prepare: async (nodes) => {
      const delegate = await nodes.deploy(join(program(1, 0, 'SSTORE'), RETURNS))
      return { to: accountAddress(5), delegations: [{ account: 5, delegate }] }
    },
  },
  {
    name: 'a call of who has delegated before',
    prepare: async (nodes) => ({ to: await nodes.deploy(calling(accountAddress(5))) }),
  },
  {
    name: 'a delegation that is taken back',
    prepare: async () => ({ to: NOBODY, delegations: [{ account: 5, delegate: `0x${'00'.repeat(20)}` }] }),
  },
  called('stores that are taken back, with refunds', program(5, 0, 'SSTORE', 0, 0, 'SSTORE', 6, 1, 'SSTORE')),
  called('transient storage', program(5, 0, 'TSTORE', 0, 'TLOAD', 1, 'SSTORE')),
]

/** Transactions of every kind. */
export const CORPUS: readonly TracedCase[] = [
  ...CALLS,
  ...FAILURES,
  ...OUT_OF_GAS,
  ...CREATIONS,
  ...DESTRUCTIONS,
  ...PRECOMPILES,
  ...REST,
]

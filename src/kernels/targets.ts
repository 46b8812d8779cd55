/** One kernel: AssemblyScript that is compiled to one WebAssembly module. */
export type KernelTarget = {
  /** The module becomes `generated/NAME.ts`. */
  name: string
  /** Entry file, relative to this folder. */
  entry: string
  /** Flags of the AssemblyScript compiler, beyond {@link COMMON_FLAGS}. */
  flags: string[]
  /** The build fails above this many bytes of WebAssembly. */
  budgetBytes: number
}

/**
 * Flags of every kernel. `-O2` and never `-O3`: inlining makes functions that V8 compiles badly (keccak 8× slower).
 * Without `abort` a failed assertion is a trap, which the host sees as WebAssembly.RuntimeError.
 */
export const COMMON_FLAGS: string[] = [
  ...['-O2', '--runtime', 'stub', '--use', 'abort='],
  ...[
    '--enable',
    'simd',
    '--enable',
    'bulk-memory',
    '--enable',
    'sign-extension',
    '--enable',
    'nontrapping-f2i',
  ],
]

/** The engine kernel that calls `host.step` at the end of every step of a transaction, for benchmarks. */
export function steppedEngine(): KernelTarget {
  return engine('steppedEngine', { TRACE: 0, STEPS: 1 })
}

function engine(name: string, constants: { TRACE: 0 | 1; STEPS: 0 | 1 }): KernelTarget {
  return {
    name,
    entry: 'assembly/engine.ts',
    // 65,536 pages are the 4 GiB that 32-bit addresses reach; the host decides how much of them it gives.
    flags: [
      ...['--importMemory', '--initialMemory', '16', '--maximumMemory', '65536', '--exportTable'],
      ...Object.entries(constants).flatMap(([constant, value]) => ['--use', `${constant}=${value}`]),
      ...['--enable', 'threads'],
    ],
    budgetBytes: 256 * 1024,
  }
}

/** All kernels whose modules are committed. */
export const TARGETS: KernelTarget[] = [
  engine('engine', { TRACE: 0, STEPS: 0 }),
  // Tells tracers what it does (assembly/tracing.ts).
  engine('tracedEngine', { TRACE: 1, STEPS: 0 }),
  {
    name: 'coldStore',
    entry: 'assembly/coldStore.ts',
    flags: ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    budgetBytes: 8 * 1024,
  },
  {
    name: 'baseReader',
    entry: 'assembly/baseReader.ts',
    flags: ['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--enable', 'threads'],
    budgetBytes: 4 * 1024,
  },
  {
    name: 'trie',
    entry: 'assembly/trie/kernel.ts',
    flags: ['--importMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
    budgetBytes: 64 * 1024,
  },
  {
    name: 'orderedTrie',
    entry: 'assembly/orderedTrie.ts',
    // It grows with the longest value, to 64 MiB.
    flags: ['--initialMemory', '2', '--maximumMemory', '1024'],
    budgetBytes: 16 * 1024,
  },
  {
    name: 'keccak',
    entry: 'assembly/keccakKernel.ts',
    flags: ['--initialMemory', '2', '--maximumMemory', '2'],
    budgetBytes: 8 * 1024,
  },
  {
    name: 'recovery',
    entry: 'assembly/recovery.ts',
    // A page of its own data, what a sender has signed, and the entries of a frame.
    flags: ['--initialMemory', '9', '--maximumMemory', '9'],
    budgetBytes: 16 * 1024,
  },
  {
    name: 'curve',
    entry: 'assembly/curve/kernel.ts',
    // Three MiB for the generator's table and what is added up; the tables of known keys are behind them, 40 KiB each.
    flags: ['--initialMemory', '48', '--maximumMemory', '1024', '--enable', 'relaxed-simd'],
    budgetBytes: 24 * 1024,
  },
  {
    name: 'terms',
    entry: 'assembly/terms.ts',
    // Words of the hash, 7 MiB of transactions, and a third of the megabyte that is hashed at once for what comes of it.
    flags: ['--initialMemory', '121', '--maximumMemory', '121'],
    budgetBytes: 4 * 1024,
  },
  {
    name: 'body',
    entry: 'assembly/body/kernel.ts',
    flags: ['--importMemory', '--initialMemory', '16', '--maximumMemory', '65536'],
    budgetBytes: 32 * 1024,
  },
  {
    name: 'blake2b',
    entry: 'assembly/blake2bKernel.ts',
    flags: ['--initialMemory', '1', '--maximumMemory', '1'],
    budgetBytes: 4 * 1024,
  },
]

/** How bytecode has been run since the start. */
export type EvmStatus = {
  /** `interpreter`, `compiled` or `auto`. */
  tier: string
  /** Executes transactions. */
  sequencer: EvmEngineStatus
  /** Executes calls. */
  view: EvmEngineStatus
  /** The service that compiles hot code beside execution; undefined where the tier has none. */
  compiler: EvmCompilerStatus | undefined
  /** Threads that execute ahead of the sequencer's engine; undefined where there are none. */
  parallel: EvmParallelStatus | undefined
  /** What became hot last, newest first, 50 at most. */
  contracts: CompiledContract[]
}

export type EvmEngineStatus = {
  interpretedGas: bigint
  compiledGas: bigint
  /** Codes that run compiled. */
  compiledCodes: bigint
  /** Codes that the compiler won't have. */
  refusedCodes: bigint
  /** Codes that were asked for and haven't come yet. */
  pendingCodes: bigint
  /** Requests that were not made because too many were pending. */
  droppedRequests: bigint
  /** Spent on the engine's own thread. */
  compileMs: number
}

export type EvmParallelStatus = {
  /** That execute transactions, the sequencer's own included. */
  threads: number
  /** `auto`: where it is faster; `always`. */
  mode: string
  parallelBatches: bigint
  serialBatches: bigint
  /** Transactions that were executed ahead, and committed as they were. */
  committed: bigint
  /** Those that had read what another has changed meanwhile: executed again. */
  conflicted: bigint
  /** Those whose turn came while they were being executed ahead, and that took too long. */
  overtaken: bigint
  /** Those that threads left to the sequencer. */
  notSpeculated: bigint
  /** Those whose turn came before a thread's. */
  unclaimed: bigint
}

export type EvmCompilerStatus = {
  memoryHits: bigint
  diskHits: bigint
  compiledCodes: bigint
  refusedCodes: bigint
  /** Files of the disk cache that were deleted because they were damaged. */
  damagedFiles: bigint
  compileMs: number
  /** Of all modules that were made or read. */
  wasmBytes: bigint
}

export type CompiledContract = {
  codeHash: Uint8Array
  fork: string
  codeBytes: number
  wasmBytes: number
  compileMs: number
}

import type { CompiledContract, EvmCompilerStatus, EvmEngineStatus, EvmParallelStatus } from '../EvmStatus.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method } from '../method.ts'

/** About the machine that runs bytecode. */
export const EVM_METHODS: Record<string, Method> = {
  leveret_evmStatus: method([], ({ view }) => {
    const { tier, sequencer, view: viewEngine, compiler, parallel, contracts } = view.evmStatus()
    return {
      tier,
      sequencer: engineJson(sequencer),
      view: engineJson(viewEngine),
      compiler: compiler === undefined ? null : compilerJson(compiler),
      parallel: parallel === undefined ? null : parallelJson(parallel),
      contracts: contracts.map(contractJson),
    }
  }),
}

function engineJson(status: EvmEngineStatus) {
  const { compiledGas, interpretedGas, compileMs } = status
  const gas = compiledGas + interpretedGas
  return {
    compiledGas: hexQuantity(compiledGas),
    interpretedGas: hexQuantity(interpretedGas),
    compiledGasRatio: gas === 0n ? 0 : Number(compiledGas) / Number(gas),
    compiledCodes: hexQuantity(status.compiledCodes),
    refusedCodes: hexQuantity(status.refusedCodes),
    pendingCodes: hexQuantity(status.pendingCodes),
    droppedRequests: hexQuantity(status.droppedRequests),
    compileMs,
  }
}

function parallelJson(status: EvmParallelStatus) {
  const { committed, conflicted } = status
  const checked = committed + conflicted
  return {
    threads: hexQuantity(status.threads),
    mode: status.mode,
    parallelBatches: hexQuantity(status.parallelBatches),
    serialBatches: hexQuantity(status.serialBatches),
    committed: hexQuantity(committed),
    conflicted: hexQuantity(conflicted),
    conflictRatio: checked === 0n ? 0 : Number(conflicted) / Number(checked),
    overtaken: hexQuantity(status.overtaken),
    notSpeculated: hexQuantity(status.notSpeculated),
    unclaimed: hexQuantity(status.unclaimed),
  }
}

function compilerJson(status: EvmCompilerStatus) {
  return {
    compiledCodes: hexQuantity(status.compiledCodes),
    refusedCodes: hexQuantity(status.refusedCodes),
    memoryHits: hexQuantity(status.memoryHits),
    diskHits: hexQuantity(status.diskHits),
    damagedFiles: hexQuantity(status.damagedFiles),
    wasmBytes: hexQuantity(status.wasmBytes),
    compileMs: status.compileMs,
  }
}

function contractJson({ codeHash, fork, codeBytes, wasmBytes, compileMs }: CompiledContract) {
  return {
    codeHash: hexData(codeHash),
    fork,
    codeBytes: hexQuantity(codeBytes),
    wasmBytes: hexQuantity(wasmBytes),
    compileMs,
  }
}

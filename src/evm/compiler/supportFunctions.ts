import type { ModuleWriter, Signature } from './wasm/index.ts'
import { I32, I64 } from './wasm/index.ts'

/** What compiled code calls in the engine kernel: kernels/assembly/compiledSupport.ts. */
export type SupportFunction =
  | 'mul'
  | 'div'
  | 'sdiv'
  | 'mod'
  | 'smod'
  | 'addmod'
  | 'mulmod'
  | 'exp'
  | 'byteLength'
  | 'signextend'
  | 'byteAt'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'hashToWord'
  | 'expandTo'
  | 'copyPadded'
  | 'readBalance'
  | 'accountCodeSize'
  | 'accountCodeHash'
  | 'accountCode'
  | 'blockHash'
  | 'sload'
  | 'sstore'
  | 'tload'
  | 'tstore'
  | 'blobHash'
  | 'appendLog'
  | 'returnDataSize'
  | 'copyReturnData'
  | 'callFromCompiled'
  | 'createFromCompiled'
  | 'selfDestructTo'

const pointers = (count: number): Signature => ({ parameters: new Array(count).fill(I32), results: [] })
const gasAfter = (...parameters: (typeof I32 | typeof I64)[]): Signature => ({ parameters, results: [I64] })
const number = (count: number): Signature => ({ parameters: new Array(count).fill(I32), results: [I32] })

const SIGNATURES: Record<SupportFunction, Signature> = {
  mul: pointers(3),
  div: pointers(3),
  sdiv: pointers(3),
  mod: pointers(3),
  smod: pointers(3),
  addmod: pointers(4),
  mulmod: pointers(4),
  exp: pointers(3),
  byteLength: number(1),
  signextend: pointers(3),
  byteAt: pointers(3),
  shl: pointers(3),
  shr: pointers(3),
  sar: pointers(3),
  hashToWord: pointers(3),
  expandTo: gasAfter(I32, I64, I64),
  copyPadded: pointers(5),
  readBalance: gasAfter(I32, I64),
  accountCodeSize: gasAfter(I32, I64),
  accountCodeHash: gasAfter(I32, I64),
  accountCode: gasAfter(I32, I32, I32, I32, I64),
  blockHash: number(1),
  sload: gasAfter(I32, I32, I64),
  sstore: gasAfter(I32, I32, I32, I64),
  tload: pointers(2),
  tstore: pointers(3),
  blobHash: pointers(1),
  appendLog: pointers(5),
  returnDataSize: number(0),
  copyReturnData: pointers(3),
  callFromCompiled: number(1),
  createFromCompiled: number(1),
  selfDestructTo: gasAfter(I32, I32, I64),
}

/** Function indices by name; every module imports them all, in this order. */
export type SupportFunctions = Record<SupportFunction, number>

/** Imports all of them. What a module does not use costs some 20 bytes, and nothing when it runs. */
export function importSupport(module: ModuleWriter): SupportFunctions {
  const entries = Object.entries(SIGNATURES).map(([name, signature]) => [
    name,
    module.importFunction('engine', name, signature),
  ])
  return Object.fromEntries(entries) as SupportFunctions
}

/** Addresses in the engine's memory, as imported constants. */
export type SupportAddress = 'cells' | 'accountRecords' | 'slotRecords' | 'recentSlots'

export type SupportAddresses = Record<SupportAddress, number>

export function importAddresses(module: ModuleWriter): SupportAddresses {
  return {
    cells: module.importGlobal('engine', 'cells'),
    accountRecords: module.importGlobal('engine', 'accountRecords'),
    slotRecords: module.importGlobal('engine', 'slotRecords'),
    recentSlots: module.importGlobal('engine', 'recentSlots'),
  }
}

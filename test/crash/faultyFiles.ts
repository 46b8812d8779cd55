/**
 * Loaded by every thread of a node before anything else (`node --import`): file operations of the node's own code fail as
 * the plan says, or the whole process is killed in the middle of one. The plan is a file that is read at each operation,
 * so that a fault can begin and end while the node runs. What LMDB does is native and not reached.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const CALLS = [
  ...(['openSync', 'writeSync', 'writevSync', 'fdatasync', 'fdatasyncSync', 'fsyncSync'] as const),
  ...(['ftruncateSync', 'renameSync', 'linkSync', 'rmSync'] as const),
]

/** How often a thread that stands still looks whether it may go on. */
const BLOCK_LOOK_MS = 10

/** An operation, and what happens instead of it, or around it. */
export type FileFault = {
  call: (typeof CALLS)[number]
  /** Regular expression that the file's path must match; of two, the first. For openSync the flags follow behind a space. */
  path: string
  /**
   * An error; half of the bytes are written before one; SIGKILL for the process, before, within or after it; or the thread
   * stands still before it for as long as the plan says so.
   */
  action: 'EIO' | 'ENOSPC' | 'half ENOSPC' | 'kill before' | 'kill half' | 'kill after' | 'block'
  /** So many operations of a thread that match go well before. Default 0. */
  skip?: number
  /** Only writeSync of so many bytes. */
  bytes?: number
}

/** Names the environment's variable with the path of the plan: a JSON array of {@link FileFault}. No file, no fault. */
export const PLAN_VARIABLE = 'FILE_FAULTS_PLAN'

// biome-ignore lint/suspicious/noExplicitAny: functions of all shapes are replaced
type Operation = (...args: any[]) => any

/** What the file of the plan says now. */
class Plan {
  readonly #path: string
  readonly #exists = fs.existsSync
  readonly #read = fs.readFileSync
  /** Operations that have matched, by fault. */
  readonly #counts = new Map<string, number>()

  constructor(path: string) {
    this.#path = path
  }

  faultOf(call: FileFault['call'], path: string, bytes: number | undefined): FileFault | undefined {
    return this.#faults().find((fault) => {
      if (fault.call !== call || !new RegExp(fault.path).test(path)) return false
      if (fault.bytes !== undefined && fault.bytes !== bytes) return false
      const key = JSON.stringify(fault)
      const count = this.#counts.get(key) ?? 0
      this.#counts.set(key, count + 1)
      return count >= (fault.skip ?? 0)
    })
  }

  /** The calling thread does nothing until the plan has no such fault any more. */
  blockWhile(fault: FileFault): void {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    const isPlanned = () => this.#faults().some((each) => JSON.stringify(each) === JSON.stringify(fault))
    while (isPlanned()) Atomics.wait(cell, 0, 0, BLOCK_LOOK_MS)
  }

  #faults(): FileFault[] {
    return this.#exists(this.#path) ? JSON.parse(this.#read(this.#path, 'utf8')) : []
  }
}

function install(plan: Plan): void {
  const table = fs as unknown as Record<string, Operation>
  const paths = new Map<number, string>()
  for (const call of CALLS) {
    const real = table[call]!
    table[call] = (...args) => {
      const path = typeof args[0] === 'number' ? (paths.get(args[0]) ?? '') : String(args[0])
      const named = call === 'openSync' ? `${path} ${args[1]}` : path
      const fault = plan.faultOf(call, named, call === 'writeSync' ? args[1].length : undefined)
      if (fault?.action === 'block') plan.blockWhile(fault)
      else if (fault !== undefined) return takeFault(fault, real, args)
      const result = real(...args)
      if (call === 'openSync') paths.set(result, path)
      return result
    }
  }
  syncBuiltinESMExports()
}

function takeFault({ call, action }: FileFault, real: Operation, args: unknown[]): unknown {
  if (action === 'half ENOSPC' || action === 'kill half') writeHalf(real, args as [number, never])
  if (action === 'kill after') real(...args)
  if (action.startsWith('kill')) process.kill(process.pid, 'SIGKILL')
  const code = action === 'EIO' ? 'EIO' : 'ENOSPC'
  const error = Object.assign(new Error(`${code}: injected, ${call}`), { code })
  const callback = args.at(-1)
  if (typeof callback !== 'function') throw error
  setImmediate(() => callback(error))
  return undefined
}

function writeHalf(real: Operation, [file, bytes]: [number, Uint8Array | Uint8Array[]]): void {
  const whole = Array.isArray(bytes) ? Buffer.concat(bytes) : bytes
  const half = whole.subarray(0, whole.length >> 1)
  real(file, Array.isArray(bytes) ? [half] : half)
}

const planPath = process.env[PLAN_VARIABLE]
if (planPath !== undefined) install(new Plan(planPath))

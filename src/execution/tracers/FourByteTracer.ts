import { bytesToHex } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { isPrecompile } from './isPrecompile.ts'
import { CALLS } from './opcodes.ts'
import { sortedMembers } from './sortedMembers.ts'
import type { FrameStart, TraceContext, Tracer } from './Tracer.ts'

/** How often which function was called with how many bytes of arguments (go-ethereum, eth/tracers/native/4byte.go). */
export class FourByteTracer implements Tracer {
  readonly opcodes: readonly number[] = []
  readonly #counts = new Map<string, number>()
  #fork: Fork = 'Osaka'

  begin({ env }: TraceContext): void {
    this.#fork = env.fork
  }

  enter({ kind, to, input }: FrameStart): void {
    if (input.length < 4 || !CALLS.has(kind) || isPrecompile(to!, this.#fork)) return
    const key = `${bytesToHex(input.subarray(0, 4))}-${input.length - 4}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  result(): string {
    return JSON.stringify(sortedMembers(this.#counts))
  }
}

import { compileKernel } from '../../src/kernels/build.ts'
import type { ObservedKernel } from '../../src/kernels/index.ts'
import { STEPS } from '../../src/kernels/steps.ts'
import { steppedEngine } from '../../src/kernels/targets.ts'

/** Calls by which the clock's own time is found. */
const CALIBRATION_CALLS = 1_000_000

/** Adds up the time of each step of transactions (kernels/steps.ts), less what it takes to look at the clock. */
export class StepClock {
  readonly kernel: ObservedKernel
  readonly #ns = new Float64Array(STEPS.length)
  readonly #calls = new Float64Array(STEPS.length)
  #last = 0

  private constructor(module: WebAssembly.Module) {
    this.kernel = { module, step: (step) => this.#take(step) }
  }

  /** Builds a kernel that tells its steps, which takes some seconds. */
  static async open(): Promise<StepClock> {
    return new StepClock(new WebAssembly.Module(await compileKernel(steppedEngine())))
  }

  start(): void {
    this.#ns.fill(0)
    this.#calls.fill(0)
    this.#last = nowNs()
  }

  /** Names of the steps and the nanoseconds that each has taken since the start. */
  stop(): [name: string, ns: number][] {
    const own = this.#ownNs()
    return STEPS.map((name, step) => [name, Math.max(0, this.#ns[step]! - own * this.#calls[step]!)])
  }

  #take(step: number): void {
    const now = nowNs()
    this.#ns[step]! += now - this.#last
    this.#calls[step]!++
    this.#last = now
  }

  /** What one look adds to its step. */
  #ownNs(): number {
    const [ns, calls] = [this.#ns[0]!, this.#calls[0]!]
    this.#last = nowNs()
    const start = this.#last
    for (let i = 0; i < CALIBRATION_CALLS; i++) this.#take(0)
    const own = (nowNs() - start) / CALIBRATION_CALLS
    this.#ns[0] = ns
    this.#calls[0] = calls
    return own
  }
}

function nowNs(): number {
  return performance.now() * 1e6
}

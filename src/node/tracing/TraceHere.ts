import { StateOnItsWayError, type TraceAnswer } from '../../rpc/index.ts'
import type { AnsweringState } from '../bridging/index.ts'
import type { TraceMaker } from './NodeTraces.ts'
import { TraceRunner } from './TraceRunner.ts'
import type { TraceJob } from './traceJob.ts'

/** Makes traces on the thread that asks for them, which does nothing else meanwhile. */
export class TraceHere implements TraceMaker {
  #runner: Promise<TraceRunner> | undefined
  #isClosed = false

  async trace(job: TraceJob, state: AnsweringState): Promise<TraceAnswer> {
    this.#runner ??= TraceRunner.open()
    const runner = await this.#runner
    if (this.#isClosed) return { kind: 'busy' }
    try {
      return runner.run(job, state)
    } catch (error) {
      // Otherwise what its kernel holds is undefined.
      if (!(error instanceof StateOnItsWayError)) this.#runner = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#runner = undefined
  }
}

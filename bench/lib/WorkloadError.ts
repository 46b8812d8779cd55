/** A workload did something else than it should: its time would mean nothing. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError'
  constructor(workload: string, expected: string, received: string) {
    super(
      `A workload went wrong.\n  workload: ${workload}   expected: ${expected}   received: ${received}\n` +
        '  next: run the conformance suites; a wrong engine must not be timed.',
    )
  }
}

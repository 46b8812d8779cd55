/** What is asked can't be simulated; `code` is the answer's. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

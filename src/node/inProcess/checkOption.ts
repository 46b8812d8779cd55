/** @throws ChainOptionError for an option that is given and not good. */
export function checkOption(option: string, value: unknown, isGood: boolean, expected: string): void {
  if (value !== undefined && !isGood) throw new ChainOptionError(`${option} is ${value}`, `give ${expected}`)
}

/** A chain can't be made as it was asked for. */
export class ChainOptionError extends Error {
  override readonly name = 'ChainOptionError'

  constructor(problem: string, next: string) {
    super(`The chain can't be made: ${problem}.\n  next: ${next}.`)
  }
}

/** Which blocks a history has, by number. */
export class Edges {
  /** Undefined: there is none. */
  first: bigint | undefined
  head: bigint | undefined
  /** Newest block that the database has. */
  committed: bigint | undefined

  constructor({ first, head }: { first: bigint | undefined; head: bigint | undefined }) {
    this.first = first
    this.head = head
    this.committed = head
  }

  has(number: bigint): boolean {
    return this.head !== undefined && number <= this.head && number >= this.first!
  }

  /** A block is there that follows on the head. */
  append(number: bigint): void {
    this.first ??= number
    this.head = number
  }

  /** Whether all blocks are above `number`. */
  areAbove(number: bigint): boolean {
    return this.first === undefined || number < this.first
  }

  /** The blocks above `number` are given up. */
  cut(number: bigint): void {
    if (this.areAbove(number)) this.first = this.head = this.committed = undefined
    else this.head = number
    if (this.committed !== undefined && this.committed > number) this.committed = number
  }
}

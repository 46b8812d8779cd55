/** JSON too long to be made one string in one go: a method's result, or an answer that is sent piece by piece. */
export class LongText {
  readonly pieces: readonly string[]
  /** Characters. */
  readonly length: number

  constructor(pieces: readonly string[]) {
    this.pieces = pieces
    this.length = pieces.reduce((sum, { length }) => sum + length, 0)
  }

  /** With something before and behind. */
  within(before: string, behind: string): LongText {
    return new LongText([before, ...this.pieces, behind])
  }

  get byteLength(): number {
    return this.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)
  }

  toString(): string {
    return this.pieces.join('')
  }
}

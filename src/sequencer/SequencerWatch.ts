/** What a sequencer is at: execution, a chunk's record, opening and closing of blocks, a mini-block's record. */
export type SequencerWork = 'execute' | 'record' | 'block' | 'seal'

/** Hears what the sequencer does and when, to measure how punctual mini-blocks are. */
export interface SequencerWatch {
  /** From now on it does this. */
  does(work: SequencerWork): void
  /** A mini-block is sealed that was due then: both Unix milliseconds with their fraction. */
  sealed(dueMs: number, nowMs: number): void
}

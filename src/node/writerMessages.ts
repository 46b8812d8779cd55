import type { SubmitAnswer } from '../feed/index.ts'
import type { FollowerStatus, SourceStatus } from '../replica/index.ts'
import type { CommandAnswer, TicketRange } from '../sequencer/index.ts'
import type { FramesPlace } from './FrameSlabs.ts'
import type { OutletNews } from './outlets/index.ts'

/** What the thread that writes the log tells the main thread, whichever role it has: each sends `ready`, `step`, `stopped`. */
export type WriterToMain = SequencerToMain | FollowerToMain

export type SequencerToMain =
  /**
   * The log is replayed; `pool` holds the transactions that wait, encoded. `remarks`: a sentence for each thing that was
   * not whole.
   */
  | { kind: 'ready'; pool: Uint8Array; remarks: string[] }
  | {
      kind: 'step'
      /** Frames of log records one behind the other, already written to the log. */
      frames: FramesPlace
      /** Tickets of executed transactions. */
      executed: TicketRange[]
      /** `transaction`: its entry. */
      queued: { ticket: number; expectedNonce: bigint; transaction: Uint8Array }[]
      refused: { ticket: number; code: string; message: string }[]
      /** Hashes. */
      dropped: Uint8Array[]
      /** What came of commands: with the step that has their records. */
      commanded: CommandAnswer[]
    }
  /** A frame of the intake was taken of which all had been refused: no answer says so. */
  | { kind: 'passed' }
  /** Every block is closed and sealed, the log is synced and closed. */
  | { kind: 'stopped' }

export type FollowerToMain =
  /** The log is replayed. */
  | { kind: 'ready'; remarks: string[] }
  /** Frames of log records one behind the other, already written to the log. */
  | { kind: 'step'; frames: FramesPlace }
  /** What came of transactions, or why they did not get to the sequencer. */
  | { kind: 'answers'; id: number; answers: SubmitAnswer[] | { unreachable: string } }
  /** Now and then. */
  | { kind: 'status'; status: FollowerStatus }
  /** A source is followed, or was left. */
  | { kind: 'source'; source: SourceStatus }
  /** The sequencer has signed two entries for one place, or one that can't be: file with them. */
  | { kind: 'evidence'; path: string }
  /** The stream is served at this port. */
  | { kind: 'relaying'; port: number }
  /** The connection of somebody who follows this node was ended. */
  | { kind: 'refused'; reason: string; address: string }
  | { kind: 'outlet'; news: OutletNews }
  /** The log is synced and closed. */
  | { kind: 'stopped' }

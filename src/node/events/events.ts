export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Whether a line of a level is wanted where `least` is. */
export function logLevelReaches(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)
}

/** One line of the log. */
export type LogLine = {
  level: LogLevel
  event: EventName
  message: string
  fields: LogFields
}

/** Values are plain JSON, with bigints beside. */
export type LogFields = Record<string, string | number | bigint | boolean | object | undefined>

export type EventName =
  | 'starting'
  | 'recovered'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'block_sealed'
  | 'sealing_slow'
  | 'sealing_caught_up'
  | 'durable_slow'
  | 'durable_caught_up'
  | 'snapshot_made'
  | 'snapshot_failed'
  | 'dump_failed'
  | 'pruned'
  | 'overloaded'
  | 'reader_dropped'
  | 'request_failed'
  | 'bootstrapped'
  | 'source_followed'
  | 'source_left'
  | 'source_set_aside'
  | 'sequencer_lied'
  | 'compiler_warning'
  | 'compiler_failed'
  | 'speculator_failed'
  | 'feed_refused'
  | 'feed_unsigned'
  | 'signatures_slow'
  | 'peering_started'
  | 'peering_failed'
  | 'nats_connected'
  | 'nats_lost'
  | 'nats_refused'

type Event = { level: LogLevel; message: string }

/** Everything that is logged; docs/operations.md tells the fields. */
export const EVENTS: Readonly<Record<EventName, Event>> = {
  starting: { level: 'info', message: 'The node starts' },
  recovered: { level: 'warn', message: 'Something was not whole, and was mended' },
  started: { level: 'info', message: 'The node answers' },
  stopping: { level: 'info', message: 'The node stops' },
  stopped: { level: 'info', message: 'The node has stopped' },
  failed: { level: 'error', message: 'The node can not go on' },
  block_sealed: { level: 'debug', message: 'A block has its header' },
  sealing_slow: { level: 'warn', message: 'Sealing is behind' },
  sealing_caught_up: { level: 'info', message: 'Sealing has caught up' },
  durable_slow: { level: 'warn', message: 'The disk is behind: what was executed is not durable yet' },
  durable_caught_up: { level: 'info', message: 'The disk has caught up' },
  snapshot_made: { level: 'info', message: 'Made a snapshot of the state' },
  snapshot_failed: { level: 'error', message: 'No snapshot could be made; the next try comes later' },
  dump_failed: { level: 'error', message: 'The state could not be dumped' },
  pruned: { level: 'info', message: 'Deleted what newer snapshots stand for' },
  overloaded: { level: 'warn', message: 'Transactions were refused, since too many wait' },
  reader_dropped: { level: 'warn', message: 'A reader was dropped' },
  request_failed: { level: 'error', message: 'A request failed by our fault' },
  bootstrapped: { level: 'info', message: 'Fetched and checked the state of a chain to follow' },
  source_followed: { level: 'info', message: 'Follows a source' },
  source_left: { level: 'warn', message: 'Left a source, which is asked again later' },
  source_set_aside: { level: 'error', message: "Set a source aside that gave what can't be right" },
  sequencer_lied: {
    level: 'error',
    message: "The sequencer has signed what can't be, or two entries for one place",
  },
  compiler_warning: { level: 'warn', message: 'A compiled code could not be used or kept' },
  compiler_failed: { level: 'error', message: 'Nothing more is compiled until the next start' },
  feed_refused: {
    level: 'warn',
    message: 'A connection to the stream was refused',
  },
  peering_started: { level: 'info', message: 'Peers can reach the node' },
  peering_failed: { level: 'error', message: 'No more peers until the next start' },
  nats_connected: { level: 'info', message: 'The stream goes to NATS' },
  nats_lost: { level: 'warn', message: 'NATS can not be reached; it is tried again' },
  nats_refused: {
    level: 'error',
    message: 'NATS has another stream; nothing goes there until the next start',
  },
  feed_unsigned: { level: 'error', message: 'The remote signer does not sign; the stream waits' },
  signatures_slow: {
    level: 'warn',
    message:
      'No binary of secp256k1 fits this platform: a signature that comes alone takes twenty times as long, in JavaScript',
  },
  speculator_failed: { level: 'error', message: 'A thread that executes ahead has failed; the others go on' },
}

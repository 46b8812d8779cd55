import type { FileFault } from './faultyFiles.ts'

/** A moment at which the process dies, chosen by what it does to its files. */
export type KillPoint = {
  name: string
  /** `run`: under load; `start`: while the node starts. */
  when: 'run' | 'start'
  fault: FileFault
}

const SEGMENT = String.raw`segment-\d+\.log`
const NEW_SNAPSHOT = String.raw`\.state\.new$`
const SNAPSHOT = String.raw`\.state$`
const JOURNAL = String.raw`pool\.journal`
/** Of a segment's head, see feed/segment.ts. */
const HEAD_BYTES = 60

export const KILL_POINTS: readonly KillPoint[] = [
  point('record half written', { call: 'writeSync', path: SEGMENT, action: 'kill half', skip: 40 }),
  point('log synced', { call: 'fdatasync', path: SEGMENT, action: 'kill after', skip: 20 }),
  point('rotation: before the full segment is synced', {
    ...{ call: 'fdatasyncSync', path: SEGMENT, action: 'kill before' },
  }),
  point('rotation: file created', { call: 'openSync', path: `${SEGMENT} ax$`, action: 'kill after' }),
  point('rotation: head half written', {
    ...{ call: 'writeSync', path: SEGMENT, action: 'kill half', bytes: HEAD_BYTES },
  }),
  point('rotation: head written', { call: 'fsyncSync', path: 'log$', action: 'kill before' }),
  point('snapshot: file created', {
    call: 'openSync',
    path: `${NEW_SNAPSHOT.slice(0, -1)} w$`,
    action: 'kill after',
  }),
  point('snapshot: a piece half written', {
    ...{ call: 'writevSync', path: NEW_SNAPSHOT, action: 'kill half', skip: 3 },
  }),
  point('snapshot: before it is synced', {
    ...{ call: 'fdatasyncSync', path: NEW_SNAPSHOT, action: 'kill before' },
  }),
  point('snapshot: before it has its name', {
    call: 'renameSync',
    path: NEW_SNAPSHOT,
    action: 'kill before',
  }),
  point('snapshot: named', { call: 'renameSync', path: NEW_SNAPSHOT, action: 'kill after' }),
  point('pruning: before a segment goes', { call: 'rmSync', path: SEGMENT, action: 'kill before' }),
  point('pruning: a segment gone', { call: 'rmSync', path: SEGMENT, action: 'kill after' }),
  point('pruning: before a snapshot goes', { call: 'rmSync', path: SNAPSHOT, action: 'kill before' }),
  point('pruning: a snapshot gone', { call: 'rmSync', path: SNAPSHOT, action: 'kill after' }),
  start('start: lock taken', { call: 'linkSync', path: 'lock', action: 'kill after' }),
  start('start: lock taken again', { call: 'linkSync', path: 'lock', action: 'kill after', skip: 1 }),
  start('start: log opened', { call: 'fdatasyncSync', path: SEGMENT, action: 'kill before' }),
  start('start: journal half written', { call: 'writeSync', path: JOURNAL, action: 'kill half' }),
  start('start: journal written', { call: 'renameSync', path: JOURNAL, action: 'kill before' }),
  start('start: first record half written', { call: 'writeSync', path: SEGMENT, action: 'kill half' }),
]

function point(name: string, fault: FileFault): KillPoint {
  return { name, when: 'run', fault }
}

function start(name: string, fault: FileFault): KillPoint {
  return { name, when: 'start', fault }
}

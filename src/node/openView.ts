import { existsSync, rmSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import { History, HistoryMismatchError, HistoryOrderError } from '../history/index.ts'
import { inTurns } from '../lib/index.ts'
import { isPlaceBehind, type SealedPlace } from '../protocol/index.ts'
import type { Chain } from './chain.ts'
import { TieredEngine } from './compiling/index.ts'
import type { DataFolder } from './dataFolder.ts'
import type { ForkedState } from './forking/index.ts'
import type { WorkerSettings } from './messages.ts'
import { NodeView } from './NodeView.ts'
import { replayLog } from './replay.ts'
import type { SpeculationSettings } from './speculating/index.ts'
import {
  type GoodSnapshot,
  goodSnapshot,
  loadSnapshotInTurns,
  rangeBehind,
  StartError,
  tailOf,
} from './startPoint.ts'
import { CLIENT_VERSION } from './version.ts'
import { genesisRecord } from './viewBlocks.ts'

/** `compiler`: where the view's hot code is compiled. */
export type ViewSettings = WorkerSettings & {
  /** Whether a developer may write into the chain's blocks. */
  isDev: boolean
  compiler: MessagePort | undefined
  /** Of the writer's engine. */
  speculation?: SpeculationSettings
  /** On which the view's engine stands. */
  base?: ForkedState | undefined
  /** Blocks whose state before is kept; see History. */
  stateWindow: number
}

/** `tiers` has the view's engine. */
export type OpenedView = { view: NodeView; tiers: TieredEngine; history: History }

/**
 * The view at the log's end. History follows the log: where the two disagree (it belongs to another chain, it has another
 * block, or the log no longer has the block after its newest), it is begun anew with the first block that the log has.
 *
 * @param remarks - gets a sentence for what was begun anew, and for snapshots that could not be used.
 */
export async function openView(
  chain: Chain,
  folder: DataFolder,
  { remarks, ...settings }: ViewSettings & { remarks: string[] },
): Promise<OpenedView> {
  const opened = await tryOpen(chain, folder, { ...settings, remarks })
  if ('view' in opened) return opened
  rmSync(folder.history, { recursive: true, force: true })
  const again = await tryOpen(chain, folder, { ...settings, remarks })
  if (!('view' in again)) throw new HistoryUnusableError(folder.history, again.reason)
  remarks.push(`the history was begun anew with block ${again.view.firstNumber}: ${opened.reason}`)
  return again
}

/** Newest block that the history on the disk has: the log must have it too. Undefined without a history of this chain. */
export async function historyHead(
  chain: Chain,
  { history: path }: DataFolder,
): Promise<SealedPlace | undefined> {
  if (!existsSync(path)) return undefined
  let history: History
  try {
    history = History.open(path, { genesisHash: chain.hash })
  } catch (error) {
    // Who opens the view begins it anew, and says so.
    if (error instanceof HistoryMismatchError) return undefined
    throw error
  }
  const { head } = history
  await history.close()
  return head
}

/** Gives the reason when history does not fit the log. */
async function tryOpen(
  chain: Chain,
  folder: DataFolder,
  { remarks, ...settings }: ViewSettings & { remarks: string[] },
): Promise<OpenedView | { reason: string }> {
  let history: History | undefined
  try {
    const { stateWindow } = settings
    history = History.open(folder.history, { genesisHash: chain.hash, stateWindow })
    const tiers = new TieredEngine(settings)
    const start = viewStart(folder, history.head, remarks)
    const { engine } = tiers
    await loadSnapshotInTurns(start.path, (diff) => engine.applyDiff(diff))
    // Not before the snapshot is known to be good: from another one history would have to begin elsewhere.
    if (history.headNumber === undefined && start.head.blockNumber === chain.header.number)
      history.append(genesisRecord(chain))
    const { logFolder, recordCount } = settings
    const tail = tailOf(start.head)
    const view = new NodeView({
      ...{ chain, engine, history, clientVersion: CLIENT_VERSION, isDev: settings.isDev },
      before: settings.base,
      ...{ logFolder, start: { ...start.head, miniBlockNumber: tail.miniBlock.number, branch: tail.branch } },
    })
    const range = rangeBehind(start.head, { folder: logFolder, recordCount })
    await inTurns(replayLog(range), ({ record }) => view.follow(record))
    if (view.isAtHead) return { view, tiers, history }
    const reason = `it had block ${history.headNumber}, and the log ends at block ${view.sealedNumber}`
    await history.close()
    return { reason }
  } catch (error) {
    await history?.close()
    if (!(error instanceof HistoryOrderError || error instanceof HistoryMismatchError)) throw error
    return { reason: error.message.slice(0, error.message.indexOf('\n')) }
  }
}

/**
 * The newest snapshot that history has the block of, so that the log supplies all blocks that history lacks. Where there
 * is none, history begins anew behind the oldest snapshot: with all that the log still has.
 */
function viewStart(folder: DataFolder, head: SealedPlace | undefined, allRemarks: string[]): GoodSnapshot {
  const remarks: string[] = []
  const known =
    head === undefined
      ? undefined
      : goodSnapshot(folder, { remarks, accepts: (place) => !isPlaceBehind(place, head) })
  const found = known ?? goodSnapshot(folder, { remarks, accepts: () => true, isOldestFirst: true })
  if (found === undefined)
    throw new StartError('no good snapshot of the state is there', folder.path, remarks)
  allRemarks.push(...remarks.filter((remark) => !allRemarks.includes(remark)))
  return found
}

/** A history that was made anew from the log and still does not fit it. */
class HistoryUnusableError extends Error {
  override readonly name = 'HistoryUnusableError'

  constructor(folder: string, reason: string) {
    super(
      `The history can't be made from the log: ${reason}\n  folder: ${folder}\n  next: check the disk; this is a bug otherwise.`,
    )
  }
}

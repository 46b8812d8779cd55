import { rmSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import { History, HistoryMismatchError, HistoryOrderError, type SealedBlockRecord } from '../history/index.ts'
import type { Chain } from './chain.ts'
import type { DataFolder } from './dataFolder.ts'
import type { WorkerSettings } from './messages.ts'
import { NodeView } from './NodeView.ts'
import { replayLog } from './replay.ts'
import { type GoodSnapshot, goodSnapshot, loadSnapshot, rangeBehind, StartError } from './startPoint.ts'
import { TieredEngine } from './TieredEngine.ts'
import { CLIENT_VERSION } from './version.ts'

/** `compiler`: where the view's hot code is compiled. */
export type ViewSettings = WorkerSettings & {
  compiler: MessagePort | undefined
  /** Blocks whose state before is kept; see History. */
  stateWindow: number
}

/** `tiers` has the view's engine. */
export type OpenedView = { view: NodeView; tiers: TieredEngine; history: History }

/**
 * The view at the log's end. History follows the log: when the two disagree (the machine stopped before the log's end was
 * on the disk, a file was put back, or the log no longer has the block after history's newest), it is begun anew with the
 * first block that the log has.
 */
export async function openView(
  chain: Chain,
  folder: DataFolder,
  settings: ViewSettings,
): Promise<OpenedView> {
  const opened = await tryOpen(chain, folder, settings)
  if (opened !== undefined) return opened
  rmSync(folder.history, { recursive: true, force: true })
  const again = await tryOpen(chain, folder, settings)
  if (again !== undefined) return again
  throw new HistoryUnusableError(folder.history)
}

/** Undefined when history does not fit the log. */
async function tryOpen(
  chain: Chain,
  folder: DataFolder,
  settings: ViewSettings,
): Promise<OpenedView | undefined> {
  let history: History | undefined
  try {
    const { stateWindow } = settings
    history = History.open(folder.history, { genesisHash: chain.hash, stateWindow })
    const tiers = new TieredEngine(settings)
    const start = viewStart(folder, history.headNumber)
    if (history.headNumber === undefined && start.head.blockNumber === chain.header.number)
      history.append(genesisRecord(chain))
    const { engine } = tiers
    loadSnapshot(start.path, (diff) => engine.applyDiff(diff))
    const view = new NodeView({
      ...{ chain, engine, history, clientVersion: CLIENT_VERSION },
      start: start.head,
    })
    const { logFolder, recordCount } = settings
    for (const { record } of replayLog(rangeBehind(start.head, { folder: logFolder, recordCount })))
      view.follow(record)
    if (history.headNumber === view.sealedNumber) return { view, tiers, history }
  } catch (error) {
    if (!(error instanceof HistoryOrderError || error instanceof HistoryMismatchError)) {
      await history?.close()
      throw error
    }
  }
  await history?.close()
  return undefined
}

/**
 * The newest snapshot that history has the block of, so that the log supplies all blocks that history lacks. Where there
 * is none, history begins anew behind the oldest snapshot: with all that the log still has.
 */
function viewStart(folder: DataFolder, headNumber: bigint | undefined): GoodSnapshot {
  const remarks: string[] = []
  const known =
    headNumber === undefined
      ? undefined
      : goodSnapshot(folder, { remarks, accepts: (number) => number <= headNumber })
  const found = known ?? goodSnapshot(folder, { remarks, accepts: () => true, isOldestFirst: true })
  if (found === undefined)
    throw new StartError('no good snapshot of the state is there', folder.path, remarks)
  return found
}

function genesisRecord(chain: Chain): SealedBlockRecord {
  const { header, hash, encodedHeader } = chain
  return { number: header.number, hash, header: encodedHeader, miniBlockCount: 0, transactions: [] }
}

/** A history that was made anew from the log and still does not fit it. */
class HistoryUnusableError extends Error {
  override readonly name = 'HistoryUnusableError'

  constructor(folder: string) {
    super(
      `The history can't be made from the log.\n  folder: ${folder}\n  next: check the disk; this is a bug otherwise.`,
    )
  }
}

/** `node appendUntilFull.ts FOLDER`: appends a large block 1 to a history whose files may not grow enough, and says what the history says. */
import { History } from '../index.ts'
import { blockRecord } from './blocks.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)
const history = History.open(process.argv[2]!, { genesisHash })
const log = { address: new Uint8Array(20), topics: [], data: new Uint8Array(400) }
history.append(
  blockRecord(
    1n,
    Array.from({ length: 600 }, () => [log]),
  ),
)
process.stdout.write(
  await history.flush().then(
    () => 'written',
    (error: Error) => error.name,
  ),
)
// A database that has refused a commit waits for it for ever.
process.exit()

import { useState } from 'preact/hooks'
import { formatBytes } from '../lib/format.ts'
import { byteLength } from '../lib/hex.ts'
import { CopyButton } from './CopyButton.tsx'

/** Characters that are shown at first. */
const SHOWN = 1_024

/** Bytes in hexadecimal, cut where they are many. */
export function Data({ data, what }: { data: string; what: string }) {
  const [isWhole, setWhole] = useState(false)
  const isCut = data.length > SHOWN && !isWhole
  return (
    <div class="data">
      <div class="copied">
        <span class="note">{formatBytes(byteLength(data))}</span>
        <CopyButton text={data} what={what} />
      </div>
      <pre class="code wrapped">{isCut ? `${data.slice(0, SHOWN)}…` : data}</pre>
      {isCut && (
        <button type="button" class="small" onClick={() => setWhole(true)}>
          Show all
        </button>
      )}
    </div>
  )
}

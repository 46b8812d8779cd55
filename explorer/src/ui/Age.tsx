import { now } from '../chain/clock.ts'
import { formatAge, formatTime } from '../lib/format.ts'

/** How long ago something was, kept current. A local chain's genesis has no time. */
export function Age({ seconds }: { seconds: number }) {
  if (seconds === 0) return <>–</>
  return (
    <time dateTime={new Date(seconds * 1000).toISOString()} title={formatTime(seconds)}>
      {formatAge(Math.max(0, now.value - seconds * 1000))}
    </time>
  )
}

import type { ComponentChildren } from 'preact'
import type { Query } from '../chain/useQuery.ts'
import { isStateGone } from '../rpc/index.ts'

type QueryViewProps<T> = {
  query: Query<T>
  /** What is read, for those who wait: `the block`. */
  what: string
  /** Lines that the place is kept for. */
  lines: number
  children: (data: T) => ComponentChildren
}

/** Shows what was read, or that it is being read, or why it could not be. */
export function QueryView<T>({ query, what, lines, children }: QueryViewProps<T>) {
  if (query.state === 'ready') return <>{children(query.data)}</>
  if (query.state === 'loading') return <Loading what={what} lines={lines} />
  return <Failed what={what} error={query.error} retry={query.retry} />
}

export function Failed({ what, error, retry }: { what: string; error: Error; retry: () => void }) {
  if (isStateGone(error)) return <StateGone what={what} />
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>Reading {what} has failed.</strong> {error.message}
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}

/** The state before a block of long ago: nothing is broken, and to ask again is of no use. */
function StateGone({ what }: { what: string }) {
  return (
    <div class="notice">
      <p>
        This node can't tell {what} any more: it keeps the state of its newest blocks only. Started with{' '}
        <span class="mono">--history all</span> it keeps every block's.
      </p>
    </div>
  )
}

export function Loading({ what, lines }: { what: string; lines: number }) {
  return (
    <div class="loading" aria-busy="true">
      <span class="unseen" role="status">
        Reading {what} …
      </span>
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} class="line" aria-hidden="true" />
      ))}
    </div>
  )
}

/** Why there is nothing here, and what to do about it. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>
}

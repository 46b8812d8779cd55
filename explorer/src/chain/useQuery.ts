import { useEffect, useState } from 'preact/hooks'
import { ConnectionError } from '../rpc/index.ts'
import { epoch } from './node.ts'

export type Query<T> =
  | { state: 'loading' }
  | { state: 'failed'; error: Error; retry: () => void }
  | { state: 'ready'; data: T }

/**
 * Reads something for a view. While it is read for another `key` the state is `loading`; when it is read again because
 * of `refresh`, or after a reconnection, the last data stays until there is new data.
 */
export function useQuery<T>(key: string, load: () => Promise<T>, refresh: unknown = undefined): Query<T> {
  const [attempt, setAttempt] = useState(0)
  const [state, setState] = useState<{ key: string; query: Query<T> }>({ key, query: { state: 'loading' } })
  const connection = epoch.value
  useEffect(() => {
    let isWanted = true
    load().then(
      (data) => {
        if (isWanted) setState({ key, query: { state: 'ready', data } })
      },
      (error: Error) => {
        if (!isWanted) return
        setState((last) => {
          // What is there already is better than nothing; the connection says itself that it is lost.
          if (last.key === key && last.query.state === 'ready' && error instanceof ConnectionError)
            return last
          return { key, query: { state: 'failed', error, retry: () => setAttempt((n) => n + 1) } }
        })
      },
    )
    return () => {
      isWanted = false
    }
  }, [key, refresh, attempt, connection])
  return state.key === key ? state.query : { state: 'loading' }
}

import { node, status } from '../chain/node.ts'

/** Says that the connection is lost, for as long as it is. */
export function ConnectionNotice() {
  return (
    <div role="status" class="connection">
      {status.value === 'lost' && (
        <div class="notice warn">
          <p>
            <strong>The node is not reachable.</strong> What is shown is what it said last. The page connects
            again by itself as soon as it is back.
          </p>
          <button type="button" onClick={() => node.retry()}>
            Try now
          </button>
        </div>
      )}
    </div>
  )
}

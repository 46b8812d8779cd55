import { blocks as newest } from '../chain/live.ts'
import { readBlocks } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import { links } from '../lib/route.ts'
import { BlockTable } from '../ui/BlockTable.tsx'
import { Card } from '../ui/Card.tsx'
import { Pager } from '../ui/Pager.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'

export function BlocksView({ before }: { before: number | undefined }) {
  // The first page follows the chain.
  const head = before === undefined ? newest.value[0]?.number : undefined
  const query = useQuery(`blocks ${before}`, () => readBlocks(before), head)
  return (
    <>
      <h1>Blocks</h1>
      <Card title={before === undefined ? 'From the newest on' : `Before block ${before}`}>
        <QueryView query={query} what="the blocks" lines={25}>
          {({ blocks, older }) => (
            <>
              {blocks.length === 0 ? (
                <Empty>There are no blocks here.</Empty>
              ) : (
                <BlockTable blocks={blocks} />
              )}
              <Pager
                newest={before === undefined ? undefined : links.blocks()}
                older={older === undefined ? undefined : links.blocks(older)}
              />
            </>
          )}
        </QueryView>
      </Card>
    </>
  )
}

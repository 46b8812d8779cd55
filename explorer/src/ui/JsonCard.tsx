import { Card } from './Card.tsx'
import { CopyButton } from './CopyButton.tsx'

/** An answer of the node as it is. */
export function JsonCard({ title, of }: { title: string; of: unknown }) {
  const text = JSON.stringify(of, undefined, 2)
  return (
    <Card title={title} aside={<CopyButton text={text} what="JSON" />}>
      <pre class="code">{text}</pre>
    </Card>
  )
}

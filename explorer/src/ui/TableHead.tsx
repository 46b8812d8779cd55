/** A column's heading, and classes that say on which side it stands and where there is no room for it. */
export type Column = readonly [heading: string, className?: string]

export function TableHead({ columns }: { columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        {columns.map(([heading, className]) => (
          <th key={heading} scope="col" class={className}>
            {heading}
          </th>
        ))}
      </tr>
    </thead>
  )
}

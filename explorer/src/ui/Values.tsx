import { type NamedValue, showValue } from '../abi/index.ts'
import { isAddress } from '../lib/hex.ts'
import { AddressLink } from './Address.tsx'
import { EvenBreaks } from './EvenBreaks.tsx'

/** Decoded values, one a row. */
export function Values({ values }: { values: readonly NamedValue[] }) {
  if (values.length === 0) return null
  return (
    <table class="values" aria-label="Values">
      <thead class="unseen">
        <tr>
          <th scope="col">Name and type</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {values.map(({ name, type, value, components }, i) => (
          <tr key={i}>
            <th scope="row">
              {name || (values.length > 1 ? i : '')} <span class="type">{type}</span>
            </th>
            <td class="mono breakable">
              {typeof value === 'string' && isAddress(value) ? (
                <AddressLink address={value} full />
              ) : (
                <EvenBreaks of={showValue(value, components)} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

import { useState } from 'preact/hooks'
import { stateVersion } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { type Hex, toQuantity, trimWord } from '../lib/hex.ts'
import { mappingSlot, parseSlot, readWord } from '../lib/storageKey.ts'
import { AddressLink } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { EvenBreaks } from '../ui/EvenBreaks.tsx'
import { Field } from '../ui/Field.tsx'
import { type Slot, SlotProof } from '../ui/Proof.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'

/** Slots that are read without being asked for: where Solidity begins. */
const FIRST_SLOTS = 32

export function StorageTab({ address }: { address: string }) {
  return (
    <>
      <Card title="Read a slot">
        <SlotForm address={address} />
      </Card>
      <Card title={`Slots 0 to ${FIRST_SLOTS - 1}`} aside={<span>those that aren't empty</span>}>
        <FirstSlots address={address} />
      </Card>
    </>
  )
}

async function readSlots(address: string, keys: readonly Hex[]): Promise<Slot[]> {
  const values = await node.request<Record<string, Hex[]>>('eth_getStorageValues', [
    { [address]: keys },
    'latest',
  ])
  const [words = []] = Object.values(values)
  return keys.map((key, i) => ({ key, value: words[i]! }))
}

function FirstSlots({ address }: { address: string }) {
  const keys = Array.from({ length: FIRST_SLOTS }, (_, i) => parseSlot(toQuantity(i)))
  const query = useQuery(`slots ${address}`, () => readSlots(address, keys), stateVersion.value)
  return (
    <QueryView query={query} what="its storage" lines={4}>
      {(slots) => {
        const filled = slots.filter(({ value }) => BigInt(value) !== 0n)
        return filled.length === 0 ? (
          <Empty>All of them are empty.</Empty>
        ) : (
          <SlotTable address={address} slots={filled} />
        )
      }}
    </QueryView>
  )
}

function SlotForm({ address }: { address: string }) {
  const [slot, setSlot] = useState('0')
  const [mappingKey, setMappingKey] = useState('')
  const key = keyOf(slot, mappingKey)
  return (
    <>
      <div class="fields">
        <Field
          label="Slot"
          value={slot}
          onInput={setSlot}
          problem={'problem' in key && key.field === 'slot' ? key.problem : ''}
          hint="In decimal or hexadecimal."
        />
        <Field
          label="Key of a mapping (optional)"
          value={mappingKey}
          onInput={setMappingKey}
          problem={'problem' in key && key.field === 'key' ? key.problem : ''}
          hint="An address or a number: the value that Solidity keeps for it."
        />
      </div>
      {'slot' in key && <OneSlot address={address} slot={key.slot} />}
    </>
  )
}

function keyOf(slot: string, mappingKey: string): { slot: Hex } | { problem: string; field: 'slot' | 'key' } {
  let base: Hex
  try {
    base = parseSlot(slot)
  } catch (error) {
    return { problem: (error as Error).message, field: 'slot' }
  }
  try {
    return { slot: mappingKey.trim() === '' ? base : mappingSlot(mappingKey, base) }
  } catch (error) {
    return { problem: (error as Error).message, field: 'key' }
  }
}

function OneSlot({ address, slot }: { address: string; slot: Hex }) {
  const query = useQuery(`slot ${address} ${slot}`, () => readSlots(address, [slot]), stateVersion.value)
  return (
    <QueryView query={query} what="the slot" lines={2}>
      {(slots) => <SlotTable address={address} slots={slots} />}
    </QueryView>
  )
}

function SlotTable({ address, slots }: { address: string; slots: readonly Slot[] }) {
  return (
    <>
      <table class="list" aria-label="Slots">
        <TableHead columns={[['Slot'], ['Value'], ['Perhaps']]} />
        <tbody>
          {slots.map(({ key, value }) => (
            <tr key={key}>
              <td class="mono breakable" title={key}>
                {trimWord(key)}
              </td>
              <td class="mono breakable" title={value}>
                <EvenBreaks of={trimWord(value)} />
              </td>
              <td class="breakable">
                <Meaning word={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <SlotProof address={address as Hex} slots={slots} />
    </>
  )
}

function Meaning({ word }: { word: Hex }) {
  const { decimal, address, text } = readWord(word)
  if (text !== undefined) return <>“{text}”</>
  if (address !== undefined) return <AddressLink address={address} />
  return <span class="mono">{decimal}</span>
}

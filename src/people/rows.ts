/** What safeguards keep, each its own: docs/spec/authority.md, `safeguard`. */
import type { Keys } from '#kernel/keys/index.ts'
import type { SafeguardRows } from '#kernel/safeguard.ts'
import { createAuthority, type AuthorityOptions } from './authority/index.ts'
import { Believed } from './believed.ts'

/** The row of a safeguard. Its name is on disk as a keyed hash alone: so it is in it, too. */
interface Kept {
  safeguard: string
  name: string
  value: object
}

/** The rows of one safeguard, by its name. */
export type RowsOf = (safeguard: string) => SafeguardRows

/** As often as somebody else may be faster. */
const triesMax = 40

/** Made once in each process: what is changed by it, it knows at once. */
export function createRows(options: AuthorityOptions & { keys: Pick<Keys, 'onForget'> }): RowsOf {
  const authority = createAuthority(options)
  const readEach = async (places: readonly string[]) => {
    const rows = await authority.findEach(places.map((name) => ({ kind: 'safeguard', name }) as const))
    return rows.map((row) => (row?.value as Kept | undefined)?.value)
  }
  const believed = new Believed(readEach)
  options.keys.onForget((compartment) => {
    if (compartment === undefined) believed.forgetAll()
  })

  const made = new Map<string, SafeguardRows>()
  return (safeguard) => {
    const known = made.get(safeguard) ?? rowsOf(safeguard)
    made.set(safeguard, known)
    return known
  }

  function rowsOf(safeguard: string): SafeguardRows {
    const placeOf = (name: string) => `${safeguard}/${name}`
    return {
      known: <Value extends object>(name: string) =>
        believed.judge(placeOf(name)) as Value | undefined | Promise<Value | undefined>,

      find: async <Value extends object>(name: string) =>
        (await readEach([placeOf(name)]))[0] as Value | undefined,

      async *list<Value extends object>() {
        for await (const { value } of authority.list<Kept>('safeguard'))
          if (value.safeguard === safeguard) yield { name: value.name, value: value.value as Value }
      },

      async change(name, who, make) {
        const place = placeOf(name)
        for (let tries = 0; tries < triesMax; tries++) {
          const row = await authority.find<Kept>('safeguard', place)
          const { write, result } = make(row?.value.value as never)
          if (!write) return result
          const { value, what } = write
          const isWritten = await authority.put({
            kind: 'safeguard',
            name: place,
            value: { safeguard, name, value } satisfies Kept,
            act: { ...who, action: 'authority', query: `${safeguard}: ${what}` },
            ...(row ? { after: row } : {}),
          })
          believed.forget(place)
          if (isWritten) return result
        }
        throw new Error(`what ${safeguard} keeps is changed all the time`)
      },
    }
  }
}

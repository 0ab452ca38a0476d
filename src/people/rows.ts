/** What safeguards keep, each its own: docs/spec/authority.md, `safeguard`. */
import type { Keys } from '#kernel/keys/index.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { Making, MakingEach, Narrowing, SafeguardRows, SafeguardWho } from '#kernel/safeguard.ts'
import { createAuthority, type AuthorityOptions, type Change } from './authority/index.ts'
import { Believed } from './believed.ts'
import { lossesOf } from './narrowing.ts'

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
  // That there is none is believed as well: of most people a safeguard keeps nothing, and asks each time.
  const believed = new Believed<object>(async (places) =>
    (await readEach(places)).map((each) => each ?? none),
  )
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
      known: <Value extends object>(name: string) => {
        const known = believed.judge(placeOf(name)) as Value | Promise<Value>
        return known instanceof Promise ? known.then(unlessNone) : unlessNone(known)
      },

      find: async <Value extends object>(name: string) =>
        (await readEach([placeOf(name)]))[0] as Value | undefined,

      async *list<Value extends object>() {
        for await (const { value } of authority.list<Kept>('safeguard'))
          if (value.safeguard === safeguard) yield { name: value.name, value: value.value as Value }
      },

      changeEach,

      change: (name, who, make) => write(name, who, async (value) => make(value as never)),

      narrow: <Value extends object, Result>(
        name: string,
        who: SafeguardWho,
        make: (value: Value | undefined) => Making<Value, Result> & { narrows: Narrowing },
      ) =>
        write<Result | Refusal>(name, who, async (value) => {
          const made = make(value as Value | undefined)
          if (!made.write) return made
          const along = await lossesOf(authority, made.narrows, Math.floor(made.narrows.atMs / 1000))
          return 'status' in along ? { result: along } : { ...made, along }
        }),
    }

    async function changeEach<Value extends object, Result>(
      names: readonly string[],
      who: SafeguardWho,
      make: (values: readonly (Value | undefined)[]) => MakingEach<Value, Result>,
    ): Promise<Result> {
      for (let tries = 0; tries < triesMax; tries++) {
        const places = names.map((name) => ({ kind: 'safeguard', name: placeOf(name) }) as const)
        const rows = await authority.findEach(places)
        const made = make(rows.map((row) => (row?.value as Kept | undefined)?.value as Value | undefined))
        if (!made.write) return made.result
        const { values, what } = made.write
        const changes = names.flatMap((name, n) => {
          const value = values.get(name)
          if (value === undefined) return []
          const kept: Kept = { safeguard, name, value }
          const [place, after] = [places[n]!, rows[n]]
          return [{ ...place, value: kept, ...(after ? { after } : {}) }]
        })
        const act = { ...who, action: 'authority', query: `${safeguard}: ${what}` } as const
        const isWritten = await authority.putEach(changes, act)
        for (const { name } of changes) believed.forget(name)
        if (isWritten) return made.result
      }
      throw new Error(`what ${safeguard} keeps is changed all the time`)
    }

    async function write<Result>(
      name: string,
      who: SafeguardWho,
      make: (value: object | undefined) => Promise<Making<object, Result> & { along?: readonly Change[] }>,
    ): Promise<Result> {
      const place = placeOf(name)
      for (let tries = 0; tries < triesMax; tries++) {
        const row = await authority.find<Kept>('safeguard', place)
        const made = await make(row?.value.value)
        if (!made.write) return made.result
        const { value, what, proof } = made.write
        const change = {
          kind: 'safeguard',
          name: place,
          value: { safeguard, name, value } satisfies Kept,
          ...(row ? { after: row } : {}),
        } as const
        const how =
          proof === undefined ? ({ action: 'authority' } as const) : ({ action: 'approval', proof } as const)
        const act = { ...who, ...how, query: `${safeguard}: ${what}` }
        const isWritten = await authority.putEach([change, ...(made.along ?? [])], act)
        believed.forget(place)
        if (isWritten) return made.result
      }
      throw new Error(`what ${safeguard} keeps is changed all the time`)
    }
  }
}

/** In the place of what is not there. */
const none = {}
const unlessNone = <Value extends object>(value: Value | undefined): Value | undefined =>
  value === none ? undefined : value

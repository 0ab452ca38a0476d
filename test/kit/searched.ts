import assert from 'node:assert/strict'
import type { SearchOptions } from '#records/index.ts'
import { bodyOf, testVault } from './vault.ts'
import type { Scope } from './scope.ts'

type Pairs = [string, string][]

/** A vault, and searches of it written as addresses. */
export async function searched(t: Scope, now?: () => number) {
  const vault = await testVault(t, now === undefined ? {} : { now })
  const { store } = vault
  const put = async (type: string, id: string, more: object) => {
    const written = await store.update(type, id, bodyOf({ resourceType: type, id, ...more }), {})
    assert.equal(written.status, 'ok', JSON.stringify(written))
  }
  const note = (id: string, patient: string, code: string, more: object = {}) =>
    put('Observation', id, {
      status: 'final',
      code: { coding: [{ system: 'urn:codes', code }] },
      subject: { reference: `Patient/${patient}` },
      ...more,
    })
  const page = async (address: string, more: Partial<SearchOptions> = {}) => {
    return store.search({ view: 'full', actor: 'ana', ...optionsOf(address), ...more })
  }
  /** All pages: names of matches in order. */
  const all = async (address: string, more: Partial<SearchOptions> = {}) => {
    const names: string[] = []
    const included: string[] = []
    let total: number | undefined
    for (let next: string | undefined, n = 0; n === 0 || next !== undefined; n++) {
      assert(n < 100, 'the pages do not end')
      const found = await page(address, { ...more, ...(next === undefined ? {} : { page: next }) })
      assert(found.status === 'ok', JSON.stringify(found))
      for (const { mode, version } of found.entries)
        (mode === 'match' ? names : included).push(`${version.type}/${version.id}`)
      if (n > 0) assert.equal(found.total, total)
      total = found.total
      next = found.next
    }
    return { names, included, total }
  }
  return { ...vault, put, note, page, all }
}

function optionsOf(address: string) {
  const [path = '', query = ''] = address.split('?')
  const pairs: Pairs =
    query === ''
      ? []
      : query
          .split('&')
          .map((pair) => pair.split(/=(.*)/).slice(0, 2).map(decodeURIComponent) as [string, string])
  const [first, id, type] = path.split('/')
  if (id !== undefined) {
    return { pairs, compartment: { type: 'Patient' as const, id }, ...(type === '*' ? {} : { type }) }
  }
  return { pairs, ...(first === '' ? {} : { type: first }) }
}
